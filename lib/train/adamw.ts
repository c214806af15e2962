import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import {
  adamUpdate,
  type AdamVariables,
  decay,
} from "../engine/adam_update.ts";
import { nativeBackend } from "../engine/tensorflow_backend.ts";

/** Constants of {@linkcode adamw}. All are without unit. */
export interface AdamWOptions {
  /**
   * Decay of the running mean of gradients.
   *
   * @default {0.9}
   */
  beta1?: number;
  /**
   * Decay of the running mean of squared gradients.
   *
   * @default {0.95}
   */
  beta2?: number;
  /**
   * Keeps the step finite where a gradient has been zero.
   *
   * @default {1e-8}
   */
  epsilon?: number;
  /**
   * Share of the weight that is given up at a learning rate of one.
   *
   * @default {0}
   */
  weightDecay?: number;
}

/** What {@linkcode adamw} remembers about one parameter. */
export interface Moments {
  /** Running mean of gradients, shaped like the parameter. */
  mean: Tensor;
  /** Running mean of squared gradients, shaped like the parameter. */
  square: Tensor;
}

/** Which step is taken, in tensors, so that a compiled step serves every step. */
export interface AdamWStep {
  /** Number of the step, from `1`, float32, `[]`. */
  count: Tensor;
  /** Learning rate of the step, float32, `[]`. */
  learningRate: Tensor;
}

/**
 * Takes one AdamW step: Adam whose weight decay bypasses the gradient.
 *
 * Pure: it returns new tensors and disposes none. The caller owns all of them.
 *
 * @see {@link https://arxiv.org/abs/1711.05101 | Loshchilov & Hutter (2019), algorithm 2}
 *
 * @example The first step is as long as the learning rate, whatever the gradient
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const zero = tf.zeros([2]);
 * const next = adamw(
 *   { weight: zero, gradient: tf.tensor([3, -40]), mean: zero, square: zero },
 *   { count: tf.scalar(1), learningRate: tf.scalar(0.5) },
 * );
 * deepEqual([...next.weight.dataSync()].map((x) => x.toFixed(4)), ["-0.5000", "0.5000"]);
 * ```
 *
 * @param parameter The weight, its gradient and its moments, of one shape.
 * @param step The number of this step and its learning rate.
 * @param options Constants of the optimizer.
 * @returns The next weight and moments.
 */
export function adamw(
  parameter: Moments & { weight: Tensor; gradient: Tensor },
  step: AdamWStep,
  options: AdamWOptions = {},
): Moments & { weight: Tensor } {
  const { beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weightDecay = 0 } =
    options;
  const { weight, gradient } = parameter;
  return tf.tidy(() => {
    const mean = tf.add(
      tf.mul(parameter.mean, beta1),
      tf.mul(gradient, 1 - beta1),
    );
    const square = tf.add(
      tf.mul(parameter.square, beta2),
      tf.mul(tf.square(gradient), 1 - beta2),
    );
    const unbiased = tf.div(mean, tf.sub(1, tf.pow(beta1, step.count)));
    const spread = tf.sqrt(
      tf.div(square, tf.sub(1, tf.pow(beta2, step.count))),
    );
    const kept = weightDecay === 0
      ? weight
      : tf.mul(weight, tf.sub(1, tf.mul(step.learningRate, weightDecay)));
    const move = tf.mul(
      tf.div(unbiased, tf.add(spread, epsilon)),
      step.learningRate,
    );
    return { weight: tf.sub(kept, move), mean, square };
  });
}

/**
 * Takes one AdamW step in place: what {@linkcode adamw} computes, without a second copy of the
 * weight and its moments where the engine can.
 *
 * @param parameter The weight and its moments, of one shape; they are changed.
 * @param gradient The gradient, of the same shape.
 * @param step The number of this step and its learning rate.
 * @param options Constants of the optimizer.
 */
export function updateByAdamW(
  parameter: AdamVariables,
  gradient: Tensor,
  step: AdamWStep,
  options: AdamWOptions = {},
): void {
  const { beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, weightDecay = 0 } =
    options;
  const { weight, mean, square } = parameter;
  tf.tidy(() => {
    if (nativeBackend() === undefined) {
      const next = adamw(
        {
          weight: weight.read(),
          mean: mean.read(),
          square: square.read(),
          gradient,
        },
        step,
        options,
      );
      weight.assign(next.weight);
      mean.assign(next.mean);
      square.assign(next.square);
      return;
    }
    if (weightDecay > 0) decay(weight, tf.mul(step.learningRate, weightDecay));
    adamUpdate(parameter, gradient, { ...step, beta1, beta2, epsilon });
  });
}
