import { deepEqual, equal } from "node:assert/strict";
import { Pace } from "../../lib/evaluate/pace.ts";

Deno.test("Pace tells the first token of each step, and expects all steps at first", () => {
  let now = 0;
  const pace = new Pace({ total: 4, batches: 2, most: 10 }, () => now);
  pace.beginBatch();
  deepEqual([pace.write(1), pace.write(1)], [true, false]);
  deepEqual([pace.write(2), pace.write(2)], [true, false]);
  now = 20;
  equal(pace.progress().msLeft, 180); // 8 steps here and 10 there, 10 ms each
  equal(pace.progress().tokensPerSecond, 200);
});

Deno.test("Pace learns from batches that are over", () => {
  let now = 0;
  const pace = new Pace({ total: 3, batches: 3, most: 10 }, () => now);
  for (let batch = 0; batch < 2; batch++) {
    pace.beginBatch();
    for (let step = 1; step <= 2 + 2 * batch; step++) pace.write(step);
    pace.finish();
  }
  pace.beginBatch();
  pace.write(1);
  now = 70;
  equal(pace.progress().msLeft, 20); // 3 steps expected, 1 taken
  pace.finish();
  equal(pace.progress().msLeft, 0);
});
