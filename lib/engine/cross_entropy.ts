import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { DTYPE } from "./native.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";

/**
 * The surprise of each label under its row of logits, in nats: `log Σ exp(logits) − logits[label]`.
 *
 * On TensorFlow one operation gives the loss and its gradient, so that logits of `[M, 32000]` are
 * not kept in several copies; elsewhere it is put together from operations that every engine has.
 *
 * @see {@link https://www.tensorflow.org/api_docs/cc/class/tensorflow/ops/sparse-softmax-cross-entropy-with-logits | SparseSoftmaxCrossEntropyWithLogits}
 *
 * @example Two classes, equally likely
 * ```ts
 * import { ok } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const loss = crossEntropy(tf.zeros([1, 2]), tf.tensor([1], [1], "int32"));
 * ok(Math.abs((loss.arraySync() as number[])[0]! - Math.log(2)) < 1e-6);
 * ```
 *
 * @param logits `[M, V]`, float32.
 * @param labels `[M]`, int32, each in `[0, V)`.
 * @returns `[M]`, float32, in nats, owned by the caller. No gradient flows to the labels.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const surprise = tf.customGrad((x, save) => {
    const { loss, slope } = lossAndSlope(x as Tensor, labels);
    (save as unknown as tf.GradSaveFunc)([slope]);
    return {
      value: loss,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        tf.mul(tf.expandDims(dy, -1), saved[0]!),
    };
  });
  return surprise(logits);
}

/**
 * The surprise of each label, and its slope.
 *
 * @param logits `[M, V]`, float32.
 * @param labels `[M]`, int32, each in `[0, V)`.
 * @returns The loss, `[M]`, and its slope by the logits of the same row, `[M, V]`; both float32,
 * owned by the caller. No gradient flows through them.
 */
export function lossAndSlope(
  logits: Tensor,
  labels: Tensor,
): { loss: Tensor; slope: Tensor } {
  const backend = nativeBackend();
  const [loss, slope] = backend === undefined
    ? composed(logits, labels)
    : fused(backend, logits, labels);
  return { loss, slope };
}

/** Loss and gradient of one native operation. */
function fused(
  backend: NativeBackend,
  logits: Tensor,
  labels: Tensor,
): [loss: Tensor, slope: Tensor] {
  return backend.executeMultipleOutputs(
    "SparseSoftmaxCrossEntropyWithLogits",
    [
      { name: "T", type: ATTRIBUTE.type, value: DTYPE.float },
      { name: "Tlabels", type: ATTRIBUTE.type, value: DTYPE.int32 },
    ],
    [logits, labels],
    2,
  ) as [Tensor, Tensor];
}

/** The same of operations that every engine has. */
function composed(
  logits: Tensor,
  labels: Tensor,
): [loss: Tensor, slope: Tensor] {
  const V = logits.shape[1]!;
  const shifted = tf.sub(logits, tf.max(logits, 1, true)); // [M, V]
  const total = tf.log(tf.sum(tf.exp(shifted), 1, true)); // [M, 1]
  const right = tf.oneHot(labels as tf.Tensor1D, V); // [M, V]
  const picked = tf.sum(tf.mul(shifted, right), 1); // [M]
  const slope = tf.sub(tf.exp(tf.sub(shifted, total)), right); // [M, V]
  return [tf.sub(tf.squeeze(total, [1]), picked), slope];
}
