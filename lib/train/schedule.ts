/** Options for {@linkcode learningRate}. */
export interface ScheduleOptions {
  /** Learning rate at the top of the warm-up. */
  peak: number;
  /** Steps that the climb from zero takes. */
  warmup: number;
  /** Steps after which the rate stays at its floor. */
  total: number;
  /**
   * Share of the peak that is left at the end, from `0` to `1`.
   *
   * @default {0.1}
   */
  floor?: number;
}

/**
 * Learning rate of a step: a straight climb, then half a cosine down.
 *
 * @see {@link https://arxiv.org/abs/1608.03983 | Loshchilov & Hutter (2017), eq. 5}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const plan = { peak: 1e-3, warmup: 10, total: 110, floor: 0 };
 * equal(learningRate(10, plan), 1e-3);
 * equal(learningRate(60, plan), 5e-4);
 * equal(learningRate(110, plan), 0);
 * ```
 *
 * @param step Number of the step, from `1`.
 * @param options The shape of the curve.
 * @returns The learning rate, without unit.
 */
export function learningRate(step: number, options: ScheduleOptions): number {
  const { peak, warmup, total, floor = 0.1 } = options;
  if (step <= warmup) return peak * step / warmup;
  const done = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  const share = floor + (1 - floor) * (1 + Math.cos(Math.PI * done)) / 2;
  return peak * share;
}
