/** Options for {@linkcode newRuns}. */
export interface NewRunsOptions {
  /** Number of words in a run. @default {3} */
  words?: number;
}

/**
 * Tells how little a text repeats itself: the share of its runs of words that are new where they stand.
 *
 * A crude sign of a model that turns in circles; good prose of a page or less is above 0.9. Only
 * texts of similar length can be compared, as every text repeats itself in the end.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(newRuns("The cat sat on the mat."), 1);
 * equal(newRuns("I run, I run, I run.", { words: 2 }), 2 / 5);
 * ```
 *
 * @param text Any text; case and punctuation do not count.
 * @param options How long a run is.
 * @returns A share from above 0 to 1; 1 where there is no run at all.
 * @throws {RangeError} If the number of words is no whole number from 1.
 */
export function newRuns(text: string, options: NewRunsOptions = {}): number {
  const { words: length = 3 } = options;
  if (!Number.isInteger(length) || length < 1) {
    throw new RangeError(
      `Cannot count runs as their number of words must be a whole number from 1: current value is ${length}`,
    );
  }
  const words = text.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? [];
  const runs = words.slice(length - 1).map((_, i) =>
    words.slice(i, i + length).join(" ")
  );
  return runs.length === 0 ? 1 : new Set(runs).size / runs.length;
}
