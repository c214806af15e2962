import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { DTYPE } from "./native.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/**
 * Takes new values where a mask says so, and old ones elsewhere.
 *
 * `tf.where` with broadcasting, but on engines other than TensorFlow put together from products:
 * there `tf.where` first copies every factor to the full shape, which takes ten times as long. Both
 * give the same for finite numbers.
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

/**
 * Whether {@linkcode overwriteSlot} works in the code that runs now: in a function that XLA compiles.
 *
 * @returns Whether it does.
 */
export function canOverwriteSlot(): boolean {
  return nativeBackend()?.binding.trace?.jit ?? false;
}

/**
 * Puts new values into one slot of an axis, where XLA compiles: one copy of the old values and a
 * short write, and the copy is spared too where nobody else holds them.
 *
 * @see {@link https://openxla.org/xla/operation_semantics#dynamicupdateslice | DynamicUpdateSlice}
 *
 * @param old Old values, `[B, K, S, H]`, float32.
 * @param fresh New values, `[B, K, 1, H]`, float32.
 * @param slot Which of the `S`, `[1]`, int32; the same for all sequences.
 * @returns `[B, K, S, H]`, owned by the caller.
 */
export function overwriteSlot(
  old: Tensor,
  fresh: Tensor,
  slot: Tensor,
): Tensor {
  const backend = nativeBackend()!;
  const none = tf.tensor1d([0], "int32");
  return backend.executeSingleOutput("XlaDynamicUpdateSlice", [
    { name: "T", type: ATTRIBUTE.type, value: DTYPE.float },
    { name: "Tindices", type: ATTRIBUTE.type, value: DTYPE.int32 },
  ], [old, fresh, tf.concat([none, none, slot, none])]);
}
