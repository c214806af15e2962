/** Seconds that the course's notebooks take where nothing better is known: two cores, preset `tiny`. */
const USUAL: Readonly<Record<string, number>> = {
  "00": 15,
  "01": 10,
  "02": 15,
  "03": 10,
  "04": 10,
  "05": 180,
  "06": 60,
  "07": 30,
};
const UNKNOWN = 20;

/** How far a course is. */
export interface CourseState {
  /** All notebooks that are to run, in order. */
  readonly names: readonly string[];
  /** Seconds that notebooks took in an earlier run. */
  readonly earlier: Readonly<Record<string, number>>;
  /** Seconds that the notebooks that have ended took. */
  readonly done: Readonly<Record<string, number>>;
  /** Seconds since the current notebook began. */
  readonly elapsed: number;
}

/**
 * Estimates how long the rest of a course takes.
 *
 * Notebooks are expected to take what they took in an earlier run, or what is usual, times the ratio that
 * the notebooks of this run have shown so far.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const earlier = { "01_a": 10, "02_b": 30 };
 * equal(secondsLeft({ names: ["01_a", "02_b"], earlier, done: {}, elapsed: 4 }), 36);
 * equal(secondsLeft({ names: ["01_a", "02_b"], earlier, done: { "01_a": 20 }, elapsed: 0 }), 60);
 * ```
 *
 * @param state How far the course is.
 * @returns Seconds.
 */
export function secondsLeft(state: CourseState): number {
  const { names, earlier, done, elapsed } = state;
  function expected(name: string): number {
    return earlier[name] ?? USUAL[name.slice(0, 2)] ?? UNKNOWN;
  }
  const over = names.filter((name) => done[name] !== undefined);
  const [current, ...rest] = names.filter((name) => done[name] === undefined);
  const planned = sum(over.map(expected));
  const taken = sum(over.map((name) => done[name] ?? 0));
  const ratio = planned > 0 ? taken / planned : 1;
  const now = current === undefined ? 0 : expected(current) * ratio - elapsed;
  return Math.max(0, now) + ratio * sum(rest.map(expected));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
