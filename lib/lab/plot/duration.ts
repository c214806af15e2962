/**
 * Says a time in words as short as a glance needs.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual([400, 9_000, 75_000, 3_900_000].map(duration), ["0 s", "9 s", "1 min 15 s", "1 h 5 min"]);
 * ```
 *
 * @param ms The time in milliseconds.
 * @returns Seconds, minutes and seconds, or hours and minutes; `"?"` if it is not known.
 */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
