import type { AnswerProgress } from "./answer.ts";

/** What a {@linkcode Pace} has to know of the work. */
export interface PaceOptions {
  /** Number of sequences. */
  total: number;
  /** Number of batches that they come in. */
  batches: number;
  /** Most steps that a batch can take. */
  most: number;
}

/**
 * Keeps count of sequences that are written in batches, and tells how long the rest may take.
 *
 * A step writes one token of every open sequence of a batch, and takes about the same time however
 * many are open; so time is told in steps, not in tokens.
 *
 * @example Two batches of at most ten steps, the first of which took four
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * let now = 0;
 * const pace = new Pace({ total: 2, batches: 2, most: 10 }, () => now);
 * pace.beginBatch();
 * for (let step = 1; step <= 4; step++) pace.write(step);
 * pace.finish();
 * now = 400;
 * pace.beginBatch();
 * equal(pace.progress().msLeft, 400);
 * ```
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #now: () => number;
  readonly #start: number;
  #done = 0;
  #tokens = 0;
  /** Steps of all batches, and of the one under way. */
  #steps = 0;
  #stepsHere = 0;
  /** Batches that have begun. */
  #begun = 0;

  /**
   * Constructs a new {@linkcode Pace}; its clock starts at once.
   *
   * @param options The work.
   * @param now The clock, in milliseconds.
   */
  constructor(
    options: PaceOptions,
    now: () => number = () => performance.now(),
  ) {
    this.#options = options;
    this.#now = now;
    this.#start = now();
  }

  /** Tells that the batch before is over and another begins. */
  beginBatch(): void {
    this.#begun++;
    this.#stepsHere = 0;
  }

  /**
   * Tells that a sequence has a token more.
   *
   * @param length Tokens that were written for it, this one counted.
   * @returns Whether it is the first token of a step.
   */
  write(length: number): boolean {
    this.#tokens++;
    if (length <= this.#stepsHere) return false;
    this.#stepsHere++;
    this.#steps++;
    return true;
  }

  /** Tells that a sequence is finished. */
  finish(): void {
    this.#done++;
  }

  /**
   * Tells how far the work is.
   *
   * @returns An event for whoever draws it.
   */
  progress(): AnswerProgress {
    const { total } = this.#options;
    const ms = this.#now() - this.#start;
    return {
      kind: "progress",
      done: this.#done,
      total,
      tokensPerSecond: ms > 0 ? 1000 * this.#tokens / ms : 0,
      msLeft: this.#done === total
        ? 0
        : this.#stepsLeft() * ms / Math.max(1, this.#steps),
    };
  }

  /** Steps to come, if batches take as many as those before. */
  #stepsLeft(): number {
    const { batches, most } = this.#options;
    const over = Math.max(0, this.#begun - 1);
    const expected = over === 0 ? most : (this.#steps - this.#stepsHere) / over;
    const here = Math.max(1, expected - this.#stepsHere); // it is not over yet
    return here + expected * (batches - this.#begun);
  }
}
