import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { seededRandom } from "../../lib/core/random.ts";
import { sample, type SampleOptions } from "../../lib/generate/sample.ts";

const LOGITS = new Float32Array([0.5, 2, -1, 1.5, 0, 1]);
const never = () => {
  throw new Error("chance was asked");
};

/** Probabilities of logits at a temperature. */
function softmax(logits: ArrayLike<number>, temperature = 1): number[] {
  const weights = Array.from(logits, (x) => Math.exp(x / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** How often each token is drawn, as shares. */
function shares(options: SampleOptions, draws = 10_000): number[] {
  const random = seededRandom(11);
  const counts = new Array<number>(LOGITS.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sample(LOGITS, random, options)]!++;
  return counts.map((count) => count / draws);
}

/** Asserts that shares of 10,000 draws are within four standard errors of probabilities. */
function assertShares(actual: number[], expected: number[]): void {
  for (const [id, p] of expected.entries()) {
    const error = Math.sqrt(p * (1 - p) / 10_000);
    const gap = Math.abs(actual[id]! - p);
    ok(gap <= 4 * error, `token ${id}: ${actual[id]}, expected ${p}`);
  }
}

/** Probabilities of some tokens when the others are left out. */
function among(ids: number[], temperature = 1): number[] {
  const all = softmax(LOGITS, temperature);
  const total = ids.reduce((sum, id) => sum + all[id]!, 0);
  return all.map((p, id) => ids.includes(id) ? p / total : 0);
}

Deno.test("sample() takes the likeliest token at temperature 0, and asks no chance", () => {
  equal(sample(LOGITS, never), 1);
  equal(sample(LOGITS, never, { temperature: 0, topP: 0.1, topK: 3 }), 1);
});

Deno.test("sample() takes the first of several likeliest tokens", () => {
  equal(sample(new Float32Array([0, 7, 7, 7]), never), 1);
});

for (const temperature of [0.5, 1, 2]) {
  Deno.test(`sample() draws tokens as often as the softmax says: temperature ${temperature}`, () => {
    assertShares(shares({ temperature }), softmax(LOGITS, temperature));
  });
}

Deno.test("sample() with topK keeps the k likeliest, in their proportions", () => {
  assertShares(shares({ temperature: 1, topK: 3 }), among([1, 3, 5]));
  assertShares(shares({ temperature: 1, topK: 1 }), among([1]));
  assertShares(shares({ temperature: 1, topK: 99 }), softmax(LOGITS));
});

Deno.test("sample() with topP keeps the fewest likeliest that hold the share", () => {
  const [first, second] = [softmax(LOGITS)[1]!, softmax(LOGITS)[3]!];
  const kept = (topP: number) => shares({ temperature: 1, topP });
  assertShares(kept(first - 0.01), among([1]));
  assertShares(kept(first + 0.01), among([1, 3]));
  assertShares(kept(first + second + 0.01), among([1, 3, 5]));
  assertShares(kept(1e-9), among([1]));
});

Deno.test("sample() measures topP at the temperature, among what topK has kept", () => {
  const hot = { temperature: 2, topK: 4, topP: 0.9 };
  const four = among([0, 1, 3, 5], 2);
  ok(four[1]! + four[3]! + four[5]! < 0.9);
  assertShares(shares(hot), four);
  const cold = { ...hot, temperature: 0.5 };
  assertShares(shares(cold), among([1, 3, 5], 0.5));
});

Deno.test("sample() with the same stream draws the same tokens", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from(
      { length: 50 },
      () => sample(LOGITS, random, { temperature: 1 }),
    );
  };
  deepEqual(draw(1), draw(1));
  ok(draw(1).join() !== draw(2).join());
});

Deno.test("sample() never takes a token whose logit is no number, or minus infinity", () => {
  const holes = new Float32Array([NaN, -Infinity, 1, NaN, 0]);
  const random = seededRandom(3);
  equal(sample(holes, never), 2);
  const found = Array.from(
    { length: 200 },
    () => sample(holes, random, { temperature: 1.5 }),
  );
  deepEqual(new Set(found), new Set([2, 4]));
});

Deno.test("sample() takes a token of infinite logit, and one where all are minus infinity", () => {
  const random = seededRandom(4);
  for (const temperature of [0, 1]) {
    const certain = new Float32Array([0, Infinity, 1]);
    equal(sample(certain, random, { temperature }), 1);
    const none = new Float32Array(3).fill(-Infinity);
    equal(sample(none, random, { temperature }), 0);
  }
});

Deno.test("sample() refuses logits of which none is a number", () => {
  for (const logits of [new Float32Array(4).fill(NaN), new Float32Array()]) {
    for (const temperature of [0, 1]) {
      throws(() => sample(logits, seededRandom(1), { temperature }), {
        name: "RangeError",
        message:
          `Cannot sample as at least one logit must be a number: current number of logits is ${logits.length}`,
      });
    }
  }
});

Deno.test.each([
  { options: { temperature: -1 }, values: "-1, 1 and 0" },
  { options: { temperature: NaN }, values: "NaN, 1 and 0" },
  { options: { topP: 0 }, values: "0, 0 and 0" },
  { options: { topP: 1.1 }, values: "0, 1.1 and 0" },
  { options: { topK: -1 }, values: "0, 1 and -1" },
  { options: { topK: 0.5 }, values: "0, 1 and 0.5" },
])("sample() refuses $options", ({ options, values }) => {
  throws(() => sample(LOGITS, never, options), {
    name: "RangeError",
    message:
      `Cannot sample as temperature must be >= 0, topP in (0, 1] and topK a whole number >= 0: current values are ${values}`,
  });
});
