import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/**
 * Takes new values where a mask says so, and old ones elsewhere.
 *
 * `tf.where` with broadcasting, but on engines other than TensorFlow put together from products:
 * there `tf.where` first copies every factor to the full shape, which takes ten times as long. Both
 * give the same bits for finite numbers.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const mask = tf.tensor([0, 1, 0]);
 * deepEqual(overwrite(tf.tensor([1, 2, 3]), tf.scalar(9), mask).arraySync(), [1, 9, 3]);
 * ```
 *
 * @param old Old values, float32.
 * @param fresh New values, float32, broadcastable to the shape of `old`.
 * @param mask `1` where the new values go and `0` elsewhere, float32, broadcastable likewise.
 * @returns A new tensor shaped like `old`, owned by the caller.
 */
export function overwrite(old: Tensor, fresh: Tensor, mask: Tensor): Tensor {
  return nativeBackend() === undefined
    ? tf.add(tf.mul(old, tf.sub(1, mask)), tf.mul(fresh, mask))
    : tf.where(tf.cast(mask, "bool"), fresh, old);
}
