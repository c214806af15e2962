import { equal, ok } from "node:assert/strict";
import { secondsLeft, usualSeconds } from "../../lib/lab/course/estimate.ts";

const names = ["01_a", "02_b", "03_c"];
const earlier = { "01_a": 10, "02_b": 20, "03_c": 30 };

Deno.test("secondsLeft() is the whole of the earlier run at the start, and nothing at the end", () => {
  equal(secondsLeft({ names, earlier, done: {}, elapsed: 0 }), 60);
  const done = { "01_a": 1, "02_b": 1, "03_c": 1 };
  equal(secondsLeft({ names, earlier, done, elapsed: 0 }), 0);
});

Deno.test("secondsLeft() follows a machine that is twice as fast", () => {
  equal(
    secondsLeft({ names, earlier, done: { "01_a": 5 }, elapsed: 4 }),
    6 + 15,
  );
});

Deno.test("secondsLeft() never counts below the notebooks to come", () => {
  equal(
    secondsLeft({ names, earlier, done: { "01_a": 10 }, elapsed: 500 }),
    30,
  );
});

Deno.test("usualSeconds() expects far more of fine-tuning, and most of it on WASM", () => {
  const own = ["04_tokenize", "05_finetune"];
  const native = usualSeconds(own, "tensorflow");
  const wasm = usualSeconds(own, "wasm");
  ok(native["05_finetune"]! > 10 * native["04_tokenize"]!);
  ok(wasm["05_finetune"]! > 3 * native["05_finetune"]!);
});
