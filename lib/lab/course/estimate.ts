/** Seconds that the notebooks take on two cores with preset `tiny`, by engine and number. */
const USUAL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  native: { 0: 12, 1: 6, 2: 6, 3: 7, 4: 8, 5: 120, 6: 40, 7: 25 },
  wasm: { 0: 40, 1: 3, 2: 3, 3: 3, 4: 4, 5: 800, 6: 260, 7: 120 },
};
const UNKNOWN = 20;

/**
 * What notebooks usually take, where no earlier run tells.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(usualSeconds(["03_filter", "42_new"], "tensorflow"), { "03_filter": 7, "42_new": 20 });
 * ```
 *
 * @param names The notebooks.
 * @param engine The engine that they run on.
 * @returns Seconds by name.
 */
export function usualSeconds(
  names: readonly string[],
  engine: string,
): Record<string, number> {
  const usual = USUAL[engine === "wasm" ? "wasm" : "native"]!;
  return Object.fromEntries(
    names.map((name) => [name, usual[Number.parseInt(name)] ?? UNKNOWN]),
  );
}

/** How far a course is. */
export interface CourseState {
  /** All notebooks that are to run, in order. */
  readonly names: readonly string[];
  /** Seconds that notebooks took in an earlier run, or usually take. */
  readonly earlier: Readonly<Record<string, number>>;
  /** Seconds that the notebooks that have ended took. */
  readonly done: Readonly<Record<string, number>>;
  /** Seconds since the current notebook began. */
  readonly elapsed: number;
}

/**
 * Estimates how long the rest of a course takes.
 *
 * Notebooks are expected to take what they took in an earlier run or usually take, times the ratio that
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
    return earlier[name] ?? UNKNOWN;
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
