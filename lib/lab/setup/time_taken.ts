import { duration } from "../plot/duration.ts";

/**
 * Says how long something took, with fractions of a second while these matter.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual([40, 1_500, 42_000, 199_600].map(timeTaken), ["0.04 s", "1.5 s", "42 s", "3 min 20 s"]);
 * ```
 *
 * @param ms Milliseconds.
 * @returns Seconds, with minutes from sixty seconds on.
 */
export function timeTaken(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return duration(ms);
}
