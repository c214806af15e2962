import type { Random } from "../core/random.ts";

/** Options for {@linkcode sample}. */
export interface SampleOptions {
  /**
   * Flattens the distribution above `1`, sharpens it below; `0` takes the likeliest token.
   *
   * @default {0}
   */
  temperature?: number;
  /**
   * Share of probability that is kept, likeliest tokens first, from above `0` to `1`.
   *
   * @default {1}
   */
  topP?: number;
  /**
   * Number of tokens that are kept, likeliest first; `0` keeps all.
   *
   * @default {0}
   */
  topK?: number;
}

/**
 * Picks the next token.
 *
 * Cost: one pass over the vocabulary for the likeliest token; a sort of the tokens that matter
 * otherwise.
 *
 * @see {@link https://arxiv.org/abs/1904.09751 | Holtzman et al. (2020), section 3.1: nucleus sampling}
 *
 * @example The likeliest token
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { seededRandom } from "../core/random.ts";
 *
 * equal(sample(new Float32Array([0, 3, 1]), seededRandom(1)), 1);
 * ```
 *
 * @param logits A logit for every token, `[V]`.
 * @param random Where chance comes from; not asked at temperature `0`.
 * @param options How much chance there is.
 * @returns The id of the token.
 * @throws {RangeError} If an option is out of its range, or no logit is a number.
 */
export function sample(
  logits: Float32Array,
  random: Random,
  options: SampleOptions = {},
): number {
  const { temperature = 0, topP = 1, topK = 0 } = options;
  const whole = Number.isInteger(topK) && topK >= 0;
  if (!(temperature >= 0) || !(topP > 0 && topP <= 1) || !whole) {
    throw new RangeError(
      `Cannot sample as temperature must be >= 0, topP in (0, 1] and topK a whole number >= 0: current values are ${temperature}, ${topP} and ${topK}`,
    );
  }
  const best = likeliest(logits);
  if (temperature === 0) return best;
  const top = logits[best]!;
  const candidates: { id: number; weight: number }[] = [];
  for (let id = 0; id < logits.length; id++) {
    const weight = id === best // the difference of two infinities is no number
      ? 1
      : Math.exp((logits[id]! - top) / temperature);
    if (weight > NEGLIGIBLE) candidates.push({ id, weight });
  }
  if (topP < 1 || topK > 0) {
    candidates.sort((a, b) => b.weight - a.weight || a.id - b.id);
    if (topK > 0) candidates.splice(topK);
    candidates.splice(nucleus(candidates, topP));
  }
  return pick(candidates, random);
}

const NEGLIGIBLE = 1e-9; // of the likeliest token's probability

/** Id of the highest logit; the first of several. */
function likeliest(logits: Float32Array): number {
  let best = -1;
  for (let id = 0; id < logits.length; id++) {
    if (best < 0 ? !Number.isNaN(logits[id]!) : logits[id]! > logits[best]!) {
      best = id;
    }
  }
  if (best < 0) {
    throw new RangeError(
      `Cannot sample as at least one logit must be a number: current number of logits is ${logits.length}`,
    );
  }
  return best;
}

/** How many of the likeliest tokens hold a share of the probability. */
function nucleus(sorted: readonly { weight: number }[], share: number): number {
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  let held = 0;
  const last = sorted.findIndex(({ weight }) =>
    (held += weight) >= share * total
  );
  return last < 0 ? sorted.length : last + 1;
}

/** One of the candidates, each as likely as its weight. */
function pick(
  candidates: readonly { id: number; weight: number }[],
  random: Random,
): number {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  const found = candidates.find(({ weight }) => (left -= weight) < 0);
  return (found ?? candidates.at(-1)!).id;
}
