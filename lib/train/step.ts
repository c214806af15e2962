import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { compile } from "../engine/compile.ts";
import type { Precision } from "../engine/precision.ts";
import type { LlamaConfig } from "../model/config.ts";
import type { Weights } from "../model/llama.ts";
import { adamw, type AdamWOptions } from "./adamw.ts";
import { type BatchTensors, labelLosses } from "./loss.ts";

/** Everything that a training step changes, by name of weight. */
export type TrainState = {
  /** The weights. */
  weights: Record<string, Tensor>;
  /** Running means of gradients. */
  means: Record<string, Tensor>;
  /** Running means of squared gradients. */
  squares: Record<string, Tensor>;
};

/** What a step gives back. */
export interface StepResult {
  /** The next state; the caller owns it, and disposes the old one. */
  state: TrainState;
  /** Mean loss over the labels of the batch, in nats, `[]`. */
  loss: Tensor;
  /** Length of the gradient of all weights together before it was clipped, `[]`. */
  gradientNorm: Tensor;
}

/** Options for {@linkcode trainStep}. */
export interface StepOptions extends AdamWOptions {
  /**
   * Longest gradient; a longer one is shortened to it.
   *
   * @default {1}
   */
  clip?: number;
  /**
   * What matrix products are computed in.
   *
   * @default {"float32"}
   */
  precision?: Precision;
}

/**
 * Starts training from some weights: no gradient has been seen.
 *
 * @param weights The weights; they are copied by reference and must outlive the state's first step.
 * @returns The state.
 */
export function initialState(weights: Weights): TrainState {
  const zeros = () =>
    Object.fromEntries(
      Object.entries(weights).map((
        [name, weight],
      ) => [name, tf.zerosLike(weight)]),
    );
  const own = Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, tf.clone(weight)]),
  );
  return { weights: own, means: zeros(), squares: zeros() };
}

/**
 * Makes the function that learns from one batch: loss, gradients, clipping and AdamW in one.
 *
 * Compiled where the engine can; then it runs as a single TensorFlow function. Weight decay is
 * kept from norms, which are vectors, as is usual.
 *
 * @param config The shape of the model.
 * @param options Constants of the optimizer, and the precision.
 * @returns The function; it leaves its arguments alone.
 */
export function trainStep(
  config: LlamaConfig,
  options: StepOptions = {},
): (
  state: TrainState,
  batch: BatchTensors,
  step: { count: Tensor; learningRate: Tensor },
) => StepResult {
  const { clip = 1, precision = "float32", weightDecay = 0 } = options;
  const learn = compile(
    (
      weights: Record<string, Tensor>,
      means: Record<string, Tensor>,
      squares: Record<string, Tensor>,
      batch: Record<string, Tensor>,
      count: Tensor,
      learningRate: Tensor,
    ) => {
      const names = Object.keys(weights);
      const of = batch as BatchTensors;
      const loss = (...values: Tensor[]) => {
        const given = Object.fromEntries(
          names.map((name, i) => [name, values[i]!] as const),
        );
        const total = tf.sum(labelLosses(given, config, of));
        return tf.div(total, tf.sum(of.weights)) as tf.Scalar;
      };
      const values = names.map((name) => weights[name]!);
      const { value, grads } = tf.valueAndGrads(loss)(values);
      const gradientNorm = tf.sqrt(
        tf.addN(grads.map((gradient) => tf.sum(tf.square(gradient)))),
      );
      const scale = tf.minimum(1, tf.div(clip, tf.add(gradientNorm, 1e-6)));
      const next: Record<string, Record<string, Tensor>> = {
        weights: {},
        means: {},
        squares: {},
      };
      for (const [i, name] of names.entries()) {
        const weight = weights[name]!;
        const result = adamw(
          {
            weight,
            gradient: tf.mul(grads[i]!, scale),
            mean: means[name]!,
            square: squares[name]!,
          },
          { count, learningRate },
          { ...options, weightDecay: weight.rank > 1 ? weightDecay : 0 },
        );
        next["weights"]![name] = result.weight;
        next["means"]![name] = result.mean;
        next["squares"]![name] = result.square;
      }
      return { ...next, loss: value as Tensor, gradientNorm } as {
        weights: Record<string, Tensor>;
        means: Record<string, Tensor>;
        squares: Record<string, Tensor>;
        loss: Tensor;
        gradientNorm: Tensor;
      };
    },
    { precision },
  );
  return (state, batch, { count, learningRate }) => {
    const { loss, gradientNorm, ...next } = learn(
      state.weights,
      state.means,
      state.squares,
      batch,
      count,
      learningRate,
    );
    return { state: next, loss, gradientNorm };
  };
}
