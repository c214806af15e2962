import { deepEqual, equal, throws } from "node:assert/strict";
import { ByteBudget, inWords, tooLarge } from "../../lib/engine/budget.ts";

Deno.test("ByteBudget gives as much as its limit, and not a byte more", () => {
  const budget = new ByteBudget({ memory: "the memory", limit: 100 });
  budget.take(100, [25]);
  throws(() => budget.take(1, [1]), RangeError);
  budget.give(100);
  budget.take(99, [99]);
  budget.take(1, [1]);
  equal(budget.held, 100);
});

Deno.test("ByteBudget counts nothing of what it refuses", () => {
  const budget = new ByteBudget({ memory: "the memory", limit: 100 });
  budget.take(60, [15]);
  throws(() => budget.take(60, [15]));
  equal(budget.held, 60);
});

Deno.test("ByteBudget says what was asked for, what is held, and what to lower", () => {
  const GiB = 2 ** 30;
  const budget = new ByteBudget({ memory: "WASM memory", limit: 3.9 * GiB });
  budget.take(3.5 * GiB, [1024, 1024, 896]);
  throws(() => budget.take(GiB / 2, [4, 256, 131_072]), {
    name: "RangeError",
    message:
      "Cannot make a tensor of shape [4,256,131072] as WASM memory must stay under 3.9 GiB: asked for are 512 MiB, held are 3.5 GiB. Lower the rows of a batch (rows) or their tokens (width), or take a smaller model",
  });
});

Deno.test("ByteBudget takes sizes that no 32-bit number holds", () => {
  const budget = new ByteBudget({ memory: "the memory", limit: 2 ** 31 });
  throws(() => budget.take(2 ** 32 + 100, [2 ** 30 + 25]), RangeError);
  equal(budget.held, 0);
});

Deno.test("tooLarge() says what was asked for, what there is, and what to lower", () => {
  const error = tooLarge(404, { shape: [101], limit: 400 });
  equal(error.name, "RangeError");
  equal(
    error.message,
    "Cannot make a tensor of shape [101] as one buffer of the device must hold it: asked for are 404 bytes, the device allows 400 bytes. Lower the rows of a batch (rows) or their tokens (width), or take a smaller model",
  );
});

Deno.test("inWords() changes the unit at every power of 1024", () => {
  const sizes = [0, 1023, 1024, 1536, 2 ** 20 - 1, 2 ** 20, 2 ** 30, 2 ** 41];
  deepEqual(sizes.map(inWords), [
    "0 bytes",
    "1023 bytes",
    "1 KiB",
    "1.5 KiB",
    "1024 KiB",
    "1 MiB",
    "1 GiB",
    "2 TiB",
  ]);
});
