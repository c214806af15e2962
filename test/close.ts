import { ok } from "node:assert/strict";
import type { Tensor } from "../lib/core/tensor.ts";

/** Asserts that two tensors have one shape, and that no element differs by more than `tolerance`. */
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
    const difference = Math.abs(values[i]! - others[i]!);
    if (!(difference <= gap)) gap = difference; // also when it is NaN
  }
  ok(gap <= tolerance, `${name} differs by ${gap}`);
}
