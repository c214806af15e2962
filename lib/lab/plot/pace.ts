/** How far a job is, and what that says about its rest. */
export interface Estimate {
  /** How many are done. */
  readonly done: number;
  /** How many there are, if known. */
  readonly total: number | undefined;
  /** Part that is done, from 0 to 1, if known. */
  readonly share: number | undefined;
  /** Speed of late, a second; 0 before anything is done. */
  readonly perSecond: number;
  /** Time since the start, in milliseconds. */
  readonly elapsedMs: number;
  /** Time that the rest will take, in milliseconds, if it can be told. */
  readonly leftMs: number | undefined;
  /** Whether the job is over. */
  readonly finished: boolean;
}

/** Options for {@linkcode Pace}. */
export interface PaceOptions {
  /** How many were done before the clock started. @default {0} */
  start?: number;
  /** A clock, in milliseconds from any start. @default {performance.now} */
  now?: () => number;
}

/**
 * Estimates how long a job will take from how it went in the later half of its time so far, so that
 * a slow first step (loading, compiling) is soon forgotten.
 *
 * @example Half is done after ten seconds
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * let ms = 0;
 * const pace = new Pace(100, { now: () => ms });
 * ms = 10_000;
 * equal(pace.update(50).leftMs, 10_000);
 * ```
 */
export class Pace {
  readonly #total: number | undefined;
  readonly #now: () => number;
  readonly #startMs: number;
  readonly #first: { done: number; ms: number };
  #marks: { done: number; ms: number }[];

  /**
   * Constructs a new {@linkcode Pace}; the clock starts now.
   *
   * @param total How many there are to do; `undefined` if nobody knows.
   * @param options Where to start, and a clock.
   */
  constructor(total: number | undefined, options: PaceOptions = {}) {
    const { start = 0, now = () => performance.now() } = options;
    this.#total = total;
    this.#now = now;
    this.#startMs = now();
    this.#first = { done: start, ms: 0 };
    this.#marks = [this.#first];
  }

  /**
   * Tells how many are done now.
   *
   * @param done How many.
   * @returns The estimate.
   */
  update(done: number): Estimate {
    const ms = this.#now() - this.#startMs;
    this.#marks.push({ done, ms });
    // The mark to measure from is the last one in the earlier half; those before it are not needed.
    const from = this.#marks.findLastIndex((mark) => mark.ms <= ms / 2);
    this.#marks = this.#marks.slice(Math.max(0, from));
    return this.#estimate(false);
  }

  /**
   * Tells that the job is over.
   *
   * @returns What it came to: the speed is the mean over all of it.
   */
  finish(): Estimate {
    return this.#estimate(true);
  }

  #estimate(finished: boolean): Estimate {
    const total = this.#total;
    const { done, ms } = this.#marks.at(-1)!;
    const from = finished ? this.#first : this.#marks[0]!;
    const perMs = ms > from.ms ? (done - from.done) / (ms - from.ms) : 0;
    return {
      done,
      total,
      share: total === undefined || total === 0
        ? undefined
        : Math.min(1, done / total),
      perSecond: perMs * 1000,
      elapsedMs: this.#now() - this.#startMs,
      leftMs: total === undefined || perMs <= 0
        ? undefined
        : Math.max(0, total - done) / perMs,
      finished,
    };
  }
}
