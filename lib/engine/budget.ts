/** Options for a {@linkcode ByteBudget}. */
export interface BudgetOptions {
  /** Whose memory it is, such as `"WASM memory"`. */
  memory: string;
  /** How many bytes may be held at once. */
  limit: number;
}

/**
 * A sum of the bytes that are held, which refuses what would go over a limit.
 *
 * It is for memory that does not refuse by itself: there the elements of one tensor would be written
 * over those of another, without a word.
 *
 * @example Usage
 * ```ts
 * import { equal, throws } from "node:assert/strict";
 *
 * const budget = new ByteBudget({ memory: "the memory", limit: 100 });
 * budget.take(60, [15]);
 * throws(() => budget.take(60, [15]), RangeError);
 * budget.give(60);
 * budget.take(80, [20]);
 * equal(budget.held, 80);
 * ```
 */
export class ByteBudget {
  /** How many bytes may be held at once. */
  limit: number;
  #memory: string;
  #held = 0;

  /**
   * Constructs a new {@linkcode ByteBudget} of which nothing is held yet.
   *
   * @param options Whose memory it is, and how much.
   */
  constructor({ memory, limit }: BudgetOptions) {
    this.#memory = memory;
    this.limit = limit;
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#held;
  }

  /**
   * Counts bytes as held.
   *
   * @param bytes How many.
   * @param shape The sizes of the tensor that they are for.
   * @throws {RangeError} If more than the limit would be held; then nothing is counted.
   */
  take(bytes: number, shape: readonly number[]): void {
    if (this.#held + bytes > this.limit) throw this.refusal(bytes, shape);
    this.#held += bytes;
  }

  /**
   * Counts bytes as free again.
   *
   * @param bytes As many as were taken.
   */
  give(bytes: number): void {
    this.#held -= bytes;
  }

  /**
   * Makes the error for a tensor that there is no room for.
   *
   * @param bytes Its size.
   * @param shape The size of every axis.
   * @param law What the memory must do, if not stay under the limit.
   * @returns The error: what was asked for, what is held, and what to lower.
   */
  refusal(
    bytes: number,
    shape: readonly number[],
    law = `stay under ${inWords(this.limit)}`,
  ): RangeError {
    const held = inWords(this.#held);
    return new RangeError(
      `Cannot make a tensor of shape [${shape}] as ${this.#memory} must ${law}: asked for are ${
        inWords(bytes)
      }, held are ${held}. ${ADVICE}`,
    );
  }
}

/**
 * Makes the error for a tensor that is larger than one buffer of a graphics card may be.
 *
 * @example A table of 32,000 rows
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const table = { shape: [32_000, 2048], limit: 2 ** 27 };
 * match(
 *   tooLarge(32_000 * 2048 * 4, table).message,
 *   /^Cannot make a tensor of shape \[32000,2048\] as one buffer of the device must hold it: asked for are 250 MiB, the device allows 128 MiB/,
 * );
 * ```
 *
 * @param bytes Its size.
 * @param tensor The size of every axis, and how many bytes a buffer may have.
 * @returns The error: what was asked for, what there is, and what to lower.
 */
export function tooLarge(
  bytes: number,
  { shape, limit }: { shape: readonly number[]; limit: number },
): RangeError {
  return new RangeError(
    `Cannot make a tensor of shape [${shape}] as one buffer of the device must hold it: asked for are ${
      inWords(bytes)
    }, the device allows ${inWords(limit)}. ${ADVICE}`,
  );
}

const ADVICE =
  "Lower the rows of a batch (rows) or their tokens (width), or take a smaller model";

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/**
 * Writes a size for people to read, in the powers of two that limits are.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(inWords(3.9 * 2 ** 30), "3.9 GiB");
 * ```
 *
 * @param bytes The size.
 * @returns The number, with at most two digits after the point, and the unit.
 */
export function inWords(bytes: number): string {
  let unit = 0;
  while (bytes >= 1024 ** (unit + 1) && unit < UNITS.length - 1) unit++;
  const size = bytes / 1024 ** unit;
  return `${Number(size.toFixed(2))} ${UNITS[unit]}`;
}
