import { seededRandom } from "../core/random.ts";
import { sample, type SampleOptions } from "../generate/sample.ts";

/** Options for {@linkcode drawShares}. */
export interface DrawSharesOptions extends SampleOptions {
  /** Number of draws. @default {1000} */
  draws?: number;
  /** Where chance starts. @default {42} */
  seed?: number;
}

/**
 * Draws a token again and again, and tells in how many percent of the draws each one came.
 *
 * @example Without chance, the likeliest comes always
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const shares = drawShares([0.7, 0.3], { temperature: 0 });
 * deepEqual(shares, { "p = 0.7": 100, "p = 0.3": 0 });
 * ```
 *
 * @param probabilities The probability of each token at temperature 1, no two the same.
 * @param options How much chance there is, and how often to draw.
 * @returns Percent of the draws, by the token's probability.
 */
export function drawShares(
  probabilities: readonly number[],
  options: DrawSharesOptions = {},
): Record<string, number> {
  const { draws = 1000, seed = 42, ...chance } = options;
  const logits = Float32Array.from(probabilities, Math.log);
  const random = seededRandom(seed);
  const counts = probabilities.map(() => 0);
  for (let i = 0; i < draws; i++) counts[sample(logits, random, chance)]!++;
  return Object.fromEntries(
    probabilities.map((p, i) => [`p = ${p}`, 100 * counts[i]! / draws]),
  );
}
