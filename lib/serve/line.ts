import { RequestError } from "./request_error.ts";

/**
 * Lets one request after the other to the model, in the order in which they came.
 *
 * @example The second waits for the first
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const line = new Line({ limit: 1 });
 * const first = await line.enter();
 * const second = line.enter();
 * equal(line.waiting, 1);
 * first[Symbol.dispose]();
 * (await second)[Symbol.dispose]();
 * equal(line.waiting, 0);
 * ```
 */
export class Line {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /**
   * Opens a line.
   *
   * @param options Most requests that may wait.
   */
  constructor({ limit }: { limit: number }) {
    this.#limit = limit;
  }

  /** Number of requests that wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for one's turn.
   *
   * @param signal Gives up the place.
   * @returns The turn; dispose of it to let the next one in.
   * @throws {RequestError} If too many wait already.
   */
  async enter(signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#taken) await this.#wait(signal);
    this.#taken = true;
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (!left) this.#next();
        left = true;
      },
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.length >= this.#limit) {
      throw new RequestError(
        `Cannot take the request as at most ${this.#limit} may wait: try again later`,
        { status: 429, code: "rate_limit_exceeded" },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      this.#waiting.splice(this.#waiting.indexOf(turn), 1);
      reject(signal!.reason);
    };
    const turn = () => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    };
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiting.push(turn);
    return promise;
  }

  /** Hands the turn over; it stays taken, so that nobody gets in between. */
  #next(): void {
    const turn = this.#waiting.shift();
    if (turn === undefined) this.#taken = false;
    else turn();
  }
}
