let held = 0;

/**
 * Notes that variables take more or less memory.
 *
 * @param bytes How much more; negative for less.
 */
export function countVariableBytes(bytes: number): void {
  held += bytes;
}

/**
 * Counts the bytes of all variables that are alive; tfjs does not know of them.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const before = variableBytes();
 * countVariableBytes(8);
 * equal(variableBytes() - before, 8);
 * countVariableBytes(-8);
 * ```
 *
 * @returns Bytes.
 */
export function variableBytes(): number {
  return held;
}
