/** A point of a line. */
export interface Point {
  /** Where. */
  x: number;
  /** How much. */
  y: number;
}

/**
 * Averages every point with those before it.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const points = [{ x: 1, y: 2 }, { x: 2, y: 4 }, { x: 3, y: 6 }];
 * deepEqual(runningMean(points, 2).map(({ y }) => y), [2, 3, 5]);
 * ```
 *
 * @param points The points, in order.
 * @param window How many points an average takes at most; the first ones have fewer before them.
 * @returns As many points, at the same places.
 */
export function runningMean(
  points: readonly Point[],
  window: number,
): Point[] {
  let sum = 0;
  return points.map(({ x, y }, i) => {
    sum += y - (points[i - window]?.y ?? 0);
    return { x, y: sum / Math.min(i + 1, window) };
  });
}

/**
 * Makes a line of at most so many points by leaving some out evenly; the first and the last one stay.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const points = [1, 2, 3, 4, 9].map((y, x) => ({ x, y }));
 * deepEqual(thinned(points, 3).map(({ y }) => y), [1, 3, 9]);
 * ```
 *
 * @param points The points, in order.
 * @param limit How many are left at most; at least 2.
 * @returns The points themselves if they are few enough.
 */
export function thinned(
  points: readonly Point[],
  limit: number,
): readonly Point[] {
  if (points.length <= limit) return points;
  const step = (points.length - 1) / (limit - 1);
  return Array.from(
    { length: limit },
    (_, i) => points[Math.round(i * step)]!,
  );
}
