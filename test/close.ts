import { ok } from "node:assert/strict";
import type { Tensor } from "../lib/core/tensor.ts";

/**
 * Asserts that two tensors have one shape, and that no element differs by more than `tolerance`;
 * an element that is NaN differs from every other, and from NaN.
 */
export function assertClose(
  actual: Tensor,
  expected: Tensor,
  { tolerance = 1e-4, name = "the tensor" } = {},
): void {
  ok(
    actual.shape.join() === expected.shape.join(),
    `${name} has shape [${actual.shape}], expected [${expected.shape}]`,
  );
  const [values, others] = [actual.dataSync(), expected.dataSync()];
  let gap = 0;
  for (let i = 0; i < values.length; i++) {
    gap = Math.max(gap, Math.abs(values[i]! - others[i]!)); // once NaN, always NaN
  }
  ok(gap <= tolerance, `${name} differs by ${gap}`);
}
