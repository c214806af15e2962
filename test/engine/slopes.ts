import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";

/** A loss whose slope is another at every element. */
export function loss(x: Tensor): tf.Scalar {
  return tf.sum(tf.sin(x)) as tf.Scalar;
}

/** The gradients of the {@linkcode loss} of a function by all that it takes. */
export function slopesOf(
  f: (...inputs: Tensor[]) => Tensor,
): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) =>
    tf.grads((...given: Tensor[]) => loss(f(...given)))(inputs);
}
