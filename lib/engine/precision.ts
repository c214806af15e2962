/** What matrix products are computed in. */
export type Precision = "float32" | "bfloat16";

let current: Precision = "float32";

/**
 * The precision that matrix products use at this moment.
 *
 * @returns The precision, `"float32"` outside {@linkcode withPrecision}.
 */
export function currentPrecision(): Precision {
  return current;
}

/**
 * Runs code whose matrix products use another precision.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(withPrecision("bfloat16", currentPrecision), "bfloat16");
 * equal(currentPrecision(), "float32");
 * ```
 *
 * @typeParam Result What the code gives back.
 * @param precision The precision inside.
 * @param action The code; it must not be asynchronous.
 * @returns What the code gives back.
 */
export function withPrecision<Result>(
  precision: Precision,
  action: () => Result,
): Result {
  const before = current;
  current = precision;
  try {
    return action();
  } finally {
    current = before;
  }
}
