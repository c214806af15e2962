import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { isBfloat16, toBfloat16, toFloat32 } from "./bfloat16.ts";
import { compile } from "./compile.ts";
import { lossAndSlope } from "./cross_entropy.ts";
import { halfProduct } from "./matmul.ts";
import { currentPrecision } from "./precision.ts";
import { nativeBackend } from "./tensorflow_backend.ts";
import { startAfter } from "./start_after.ts";

/** What {@linkcode linearCrossEntropy} takes. */
export interface LinearCrossEntropy {
  /** What the model knows where a label is to be predicted, `[M, D]`, float32. */
  rows: Tensor;
  /** The output layer, `[V, D]`, float32 or bfloat16. */
  weight: Tensor;
  /** The labels, `[M]`, int32, each in `[0, V)`. */
  labels: Tensor;
  /** How much each label counts, `[M]`, float32; they are not all zero. */
  weights: Tensor;
}

/** Options for {@linkcode linearCrossEntropy}. */
export interface LinearCrossEntropyOptions {
  /**
   * Most logits that are there at once. Fewer take less memory, and more passes over the gradient
   * of the output layer.
   *
   * @default {2 ** 24}
   */
  logitsAtOnce?: number;
}

/** The loss so far, and its gradient by the output layer. */
type Sum = { loss: Tensor; weight: Tensor };

/**
 * Puts what the model knows into words, and tells how surprising the labels are: the weighted mean
 * of `log Σ exp(logits) − logits[label]`, in nats, for `logits = rows · weightᵀ`.
 *
 * The logits are never all there: loss and gradient are computed together, chunk by chunk, and of
 * each chunk only the gradients of `rows` and `weight` stay.
 *
 * @see {@link https://arxiv.org/abs/2411.09009 | Wijmans et al. (2025), Cut Your Losses, section 4}
 *
 * @example Two words, equally likely
 * ```ts
 * import { ok } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const loss = linearCrossEntropy({
 *   rows: tf.ones([1, 3]),
 *   weight: tf.zeros([2, 3]),
 *   labels: tf.tensor([1], [1], "int32"),
 *   weights: tf.ones([1]),
 * });
 * ok(Math.abs(loss.dataSync()[0]! - Math.log(2)) < 1e-6);
 * ```
 *
 * @param given The rows, the output layer and the labels.
 * @param options How much is computed at once.
 * @returns `[]`, float32, owned by the caller. Gradients flow to `rows` and `weight`.
 */
export function linearCrossEntropy(
  { rows, weight, labels, weights }: LinearCrossEntropy,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  const { logitsAtOnce = 2 ** 24 } = options;
  const [M, V] = [rows.shape[0]!, weight.shape[0]!];
  const height = Math.max(1, Math.min(M, Math.floor(logitsAtOnce / V)));
  const run = tf.customGrad((rows, weight, save) => {
    const share = tf.div(weights, tf.sum(weights)); // [M]
    const rowSlopes: Tensor[] = [];
    let sum: Sum | undefined;
    for (let from = 0; from < M; from += height) {
      const count = Math.min(height, M - from);
      const cut = (x: Tensor) => tf.slice(x, [from], [count]);
      const own = cut(rows as Tensor);
      const { rows: slope, ...rest } = part({
        rows: sum === undefined ? own : startAfter(sum.weight, own),
        weight: weight as Tensor,
        labels: cut(labels),
        weights: cut(share),
      });
      rowSlopes.push(slope);
      sum = sum === undefined ? rest : {
        loss: tf.add(sum.loss, rest.loss),
        weight: tf.add(sum.weight, rest.weight),
      };
    }
    (save as unknown as tf.GradSaveFunc)([tf.concat(rowSlopes), sum!.weight]);
    return {
      value: sum!.loss,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        saved.map((slope) => tf.mul(slope, dy)),
    };
  });
  return run(rows, weight);
}

/** Loss and gradients of one chunk. */
function part(
  { rows, weight, labels, weights }: LinearCrossEntropy,
): Sum & { rows: Tensor } {
  const isHalf = nativeBackend() !== undefined &&
    (currentPrecision() === "bfloat16" || isBfloat16(weight));
  if (!isHalf) {
    const logits = tf.matMul(rows, weight, false, true); // [m, V]
    const { loss, slope } = judged(logits, labels, weights);
    return {
      loss,
      rows: tf.matMul(slope, weight),
      weight: tf.matMul(slope, rows, true),
    };
  }
  const [x, w] = [toBfloat16(rows), toBfloat16(weight)];
  const logits = halfProduct(x, w, { transposeB: true }); // [m, V]
  const { loss, slope } = judged(logits, labels, weights);
  return {
    loss,
    rows: toFloat32(halfProduct(slope, w)),
    weight: toFloat32(halfProduct(slope, x, { transposeA: true })),
  };
}

/** The loss of some logits and its slope, which is stored as the logits are. */
function judged(
  logits: Tensor,
  labels: Tensor,
  weights: Tensor,
): { loss: Tensor; slope: Tensor } {
  const trace = nativeBackend()?.binding.trace;
  return (trace === undefined ? judge : judgeFused)(logits, labels, weights);
}

/** The same as one loop of XLA's, where the function around it is not XLA's already. */
const judgeFused = compile(judge, { jit: true });

function judge(
  logits: Tensor,
  labels: Tensor,
  weights: Tensor,
): { loss: Tensor; slope: Tensor } {
  const wide = toFloat32(logits);
  const { loss, slope } = lossAndSlope(wide, labels);
  const scaled = tf.mul(slope, tf.expandDims(weights, -1)); // [m, V]
  return {
    loss: tf.sum(tf.mul(loss, weights)),
    slope: isBfloat16(logits) ? toBfloat16(scaled) : scaled,
  };
}
