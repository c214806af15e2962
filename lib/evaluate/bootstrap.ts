import { type Random, seededRandom } from "../core/random.ts";
import type { TaskLoss } from "../train/held_out.ts";

/** Options for {@linkcode pairedBootstrap}. */
export interface BootstrapOptions {
  /**
   * How often the tasks are drawn anew.
   *
   * @default {10_000}
   */
  samples?: number;
  /**
   * Where chance starts.
   *
   * @default {42}
   */
  seed?: number;
  /**
   * Share of the samples that lie within the interval, between 0 and 1.
   *
   * @default {0.95}
   */
  confidence?: number;
}

/** How much a second system differs from a first, and how sure that is. */
export interface Difference {
  /** Mean of the first. */
  a: number;
  /** Mean of the second. */
  b: number;
  /** `b − a`: negative where the second is lower. */
  difference: number;
  /** Lower end of the interval of the difference. */
  low: number;
  /** Upper end. */
  high: number;
  /** Number of tasks. */
  n: number;
}

/**
 * Compares two systems on the same tasks, with an interval for what other tasks of the kind would
 * have shown.
 *
 * Tasks are drawn anew, with replacement, as often as there are, always both systems' results of a
 * task together; the interval runs between percentiles of the differences. Results may be plain
 * numbers, whose mean counts, or losses, of which the sum of nats over the sum of tokens counts: a
 * long answer weighs more, as in every other loss here.
 *
 * The interval tells of chance in the tasks alone, not in training or sampling, and is a little too
 * narrow for few tasks. Same seed, same interval.
 *
 * @see {@link https://aclanthology.org/W04-3250/ | Koehn (2004), section 3: resampling in pairs}
 *
 * @example The second is lower on every task
 * ```ts
 * import { deepEqual, ok } from "node:assert/strict";
 *
 * const { a, b, high } = pairedBootstrap([5, 1, 9, 3], [4, 0.5, 7, 2.5]);
 * deepEqual([a, b], [4.5, 3.5]);
 * ok(high < 0);
 * ```
 *
 * @param a Results of the first, task by task.
 * @param b Results of the second, in the same order.
 * @param options How often to draw, and how sure to be.
 * @returns Means, difference, and interval.
 * @throws {RangeError} If the lists differ in length or have fewer than two tasks, if a result is
 * not a number or has no tokens, or if an option is out of its range.
 */
export function pairedBootstrap<Result extends number | TaskLoss>(
  a: readonly Result[],
  b: readonly Result[],
  options: BootstrapOptions = {},
): Difference {
  const { samples = 10_000, seed = 42, confidence = 0.95 } = options;
  checkOptions(samples, confidence);
  const n = a.length;
  if (n < 2 || b.length !== n) {
    throw new RangeError(
      `Cannot compare results as both systems must have the same 2 or more tasks: current numbers are ${n} and ${b.length}`,
    );
  }
  const [first, second] = [a.map(lossOf), b.map(lossOf)];
  const all = Uint32Array.from({ length: n }, (_, i) => i);
  const means = { a: meanOf(first, all), b: meanOf(second, all) };
  const random = seededRandom(seed);
  const differences = new Float64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const drawn = redraw(all.length, random);
    differences[sample] = meanOf(second, drawn) - meanOf(first, drawn);
  }
  differences.sort();
  return {
    ...means,
    difference: means.b - means.a,
    low: percentile(differences, (1 - confidence) / 2),
    high: percentile(differences, (1 + confidence) / 2),
    n,
  };
}

/** A result as a loss; a plain number weighs one token. */
function lossOf(result: number | TaskLoss, index: number): TaskLoss {
  const { nats, tokens } = typeof result === "number"
    ? { nats: result, tokens: 1 }
    : result;
  if (Number.isFinite(nats) && Number.isFinite(tokens) && tokens > 0) {
    return { nats, tokens };
  }
  throw new RangeError(
    `Cannot compare results as each must be a number, over tokens above 0: result ${index} is ${nats} over ${tokens}`,
  );
}

/** Sum of nats over sum of tokens, of the tasks with these indices. */
function meanOf(losses: readonly TaskLoss[], indices: Uint32Array): number {
  let [nats, tokens] = [0, 0];
  for (const index of indices) {
    const loss = losses[index]!;
    nats += loss.nats;
    tokens += loss.tokens;
  }
  return nats / tokens;
}

/** As many indices as there are tasks, each as likely at every draw. */
function redraw(n: number, random: Random): Uint32Array {
  const indices = new Uint32Array(n);
  for (let i = 0; i < n; i++) indices[i] = Math.floor(random() * n);
  return indices;
}

/** The value below which a share of sorted values lies, between two neighbors in proportion. */
function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [low, high] = [sorted[below]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - below);
}

/** Refuses options that give no interval. */
function checkOptions(samples: number, confidence: number): void {
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new RangeError(
      `Cannot compare results as samples must be a whole number above 0: current value is ${samples}`,
    );
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `Cannot compare results as confidence must be between 0 and 1: current value is ${confidence}`,
    );
  }
}
