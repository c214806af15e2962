import type { Tensor } from "../core/tensor.ts";
import { tensorOf } from "./bfloat16.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/**
 * Passes a tensor on once another one is there.
 *
 * A compiled function computes whatever it can at once, and keeps it until it is needed; what is
 * built on the result of this waits. Outside of a trace things happen in order anyway.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * deepEqual(startAfter(tf.scalar(1), tf.scalar(2)).arraySync(), 2);
 * ```
 *
 * @param first What has to be there.
 * @param x What waits.
 * @returns The same values as those of `x`.
 */
export function startAfter(first: Tensor, x: Tensor): Tensor {
  const backend = nativeBackend();
  const trace = backend?.binding.trace;
  if (backend === undefined || trace === undefined) return x;
  const { binding } = backend;
  const [start, waiting] = backend.getInputTensorIds([first, x])
    .map((id) => binding.traced(id));
  return tensorOf(backend, binding.describe(trace.after(start!, waiting!)));
}
