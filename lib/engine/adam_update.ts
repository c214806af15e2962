import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { DTYPE } from "./native.ts";
import { nativeBackend } from "./tensorflow_backend.ts";
import type { Variable } from "./variable.ts";

/** A weight and what its optimizer remembers, of one shape. */
export interface AdamVariables {
  /** The weight. */
  weight: Variable;
  /** Running mean of gradients. */
  mean: Variable;
  /** Running mean of squared gradients. */
  square: Variable;
}

/** Constants of {@linkcode adamUpdate}, and which step it is. */
export interface AdamSettings {
  /** Number of the step, from `1`, float32, `[]`. */
  count: Tensor;
  /** Learning rate of the step, float32, `[]`. */
  learningRate: Tensor;
  /** Decay of the running mean of gradients. */
  beta1: number;
  /** Decay of the running mean of squared gradients. */
  beta2: number;
  /** Keeps the step finite where a gradient has been zero. */
  epsilon: number;
}

/**
 * Takes one step of Adam where the numbers are: one pass over the memory, no copy.
 *
 * TensorFlow only. Its operation adds epsilon before the correction of the second moment, so
 * epsilon is corrected likewise: the step is the paper's.
 *
 * @see {@link https://arxiv.org/abs/1412.6980 | Kingma & Ba (2015), algorithm 1}
 * @see {@link https://www.tensorflow.org/api_docs/cc/class/tensorflow/ops/resource-apply-adam | ResourceApplyAdam}
 *
 * @param variables The weight and its moments; they are changed.
 * @param gradient The gradient, float32.
 * @param settings Which step, and the constants.
 */
export function adamUpdate(
  { weight, mean, square }: AdamVariables,
  gradient: Tensor,
  { count, learningRate, beta1, beta2, epsilon }: AdamSettings,
): void {
  tf.tidy(() => {
    const power1 = tf.pow(beta1, count);
    const power2 = tf.pow(beta2, count);
    const corrected = tf.mul(epsilon, tf.sqrt(tf.sub(1, power2)));
    weight.update("ResourceApplyAdam", [
      { name: "T", type: ATTRIBUTE.type, value: DTYPE.float },
      { name: "use_locking", type: ATTRIBUTE.bool, value: false },
      { name: "use_nesterov", type: ATTRIBUTE.bool, value: false },
    ], [
      power1,
      power2,
      learningRate,
      tf.scalar(beta1),
      tf.scalar(beta2),
      corrected,
      gradient,
    ], [mean, square]);
  });
}

/**
 * Takes a share of a variable away, in place: `w ← w · (1 − share)`. TensorFlow only.
 *
 * @param variable The variable.
 * @param share The share, `[]`.
 */
export function decay(variable: Variable, share: Tensor): void {
  tf.tidy(() => {
    const values = variable.read();
    const loss = tf.mul(values, share);
    values.dispose(); // or the update would go to a copy
    variable.update("AssignSubVariableOp", [
      { name: "dtype", type: ATTRIBUTE.type, value: DTYPE.float },
    ], [loss]);
  });
}

/**
 * Adds the squares of the elements of a tensor up, without a copy of it.
 *
 * @param x Any shape, float32.
 * @returns `[]`, owned by the caller.
 */
export function sumOfSquares(x: Tensor): Tensor {
  const backend = nativeBackend();
  if (backend === undefined) return tf.tidy(() => tf.sum(tf.square(x)));
  const type = { name: "T", type: ATTRIBUTE.type, value: DTYPE.float };
  return tf.tidy(() =>
    tf.mul(2, backend.executeSingleOutput("L2Loss", [type], [x]))
  );
}
