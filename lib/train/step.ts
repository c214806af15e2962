import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { compile } from "../engine/compile.ts";
import { type Precision, withPrecision } from "../engine/precision.ts";
import type { LlamaConfig } from "../model/config.ts";
import type { Weights } from "../model/llama.ts";
import { adamw, type AdamWOptions, type AdamWStep } from "./adamw.ts";
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
  /**
   * Whether the step runs as one function where the engine can; without, operation by operation.
   *
   * @default {true}
   */
  compiled?: boolean;
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
  step: AdamWStep,
) => StepResult {
  const { precision = "float32", compiled = true } = options;
  const once = (
    weights: Record<string, Tensor>,
    means: Record<string, Tensor>,
    squares: Record<string, Tensor>,
    batch: Record<string, Tensor>,
    at: Record<string, Tensor>,
  ) =>
    learn(
      config,
      { weights, means, squares },
      batch as BatchTensors,
      at as unknown as AdamWStep,
      options,
    );
  const run = compiled
    ? compile(once, { precision })
    : (...args: Parameters<typeof once>) =>
      withPrecision(
        precision,
        () => tf.tidy(() => once(...args) as unknown as tf.TensorContainer),
      ) as unknown as ReturnType<typeof once>;
  return ({ weights, means, squares }, batch, step) => {
    const { loss, gradientNorm, ...state } = run(
      weights,
      means,
      squares,
      batch,
      { count: step.count, learningRate: step.learningRate },
    );
    return { state, loss, gradientNorm };
  };
}

/** The whole of a step, in tfjs code. */
function learn(
  config: LlamaConfig,
  state: TrainState,
  batch: BatchTensors,
  step: AdamWStep,
  options: StepOptions,
): TrainState & { loss: Tensor; gradientNorm: Tensor } {
  const { clip = 1, weightDecay = 0 } = options;
  const { loss, gradients } = lossAndGradients(config, state.weights, batch);
  const gradientNorm = tf.sqrt(
    tf.addN(Object.values(gradients).map((slope) => tf.sum(tf.square(slope)))),
  );
  const scale = tf.minimum(1, tf.div(clip, tf.add(gradientNorm, 1e-6)));
  const next: TrainState = { weights: {}, means: {}, squares: {} };
  for (const [name, weight] of Object.entries(state.weights)) {
    const result = adamw(
      {
        weight,
        gradient: tf.mul(gradients[name]!, scale),
        mean: state.means[name]!,
        square: state.squares[name]!,
      },
      step,
      { ...options, weightDecay: weight.rank > 1 ? weightDecay : 0 },
    );
    next.weights[name] = result.weight;
    next.means[name] = result.mean;
    next.squares[name] = result.square;
  }
  return { ...next, loss, gradientNorm };
}

/** Mean loss over the labels of a batch, and its slope by the name of every weight. */
function lossAndGradients(
  config: LlamaConfig,
  weights: Record<string, Tensor>,
  batch: BatchTensors,
): { loss: Tensor; gradients: Record<string, Tensor> } {
  const names = Object.keys(weights);
  const { value, grads } = tf.valueAndGrads((...values) => {
    const given = Object.fromEntries(
      names.map((name, i) => [name, values[i]!]),
    );
    const total = tf.sum(labelLosses(given, config, batch));
    return tf.div(total, tf.sum(batch.weights)) as tf.Scalar;
  })(names.map((name) => weights[name]!));
  return {
    loss: value,
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  };
}
