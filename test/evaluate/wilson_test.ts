import { ok, throws } from "node:assert/strict";
import { wilsonInterval } from "../../lib/evaluate/wilson.ts";

Deno.test("wilsonInterval() gives SciPy's interval, and mirrors", () => {
  const [low, high] = wilsonInterval(7, 25);
  // scipy.stats.binomtest(7, 25).proportion_ci(method="wilson"), SciPy 1.17.1
  ok(Math.abs(low - 0.14283853850956568) < 1e-12);
  ok(Math.abs(high - 0.4757660519036158) < 1e-12);
  const [mirroredLow, mirroredHigh] = wilsonInterval(18, 25);
  ok(Math.abs(mirroredLow - (1 - high)) < 1e-12);
  ok(Math.abs(mirroredHigh - (1 - low)) < 1e-12);
  throws(() => wilsonInterval(3, 2), RangeError);
});
