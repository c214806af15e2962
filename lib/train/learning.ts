import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import type { Weights } from "../model/llama.ts";
import type { Model } from "../model/load.ts";
import type { Batch } from "../tokens/pack.ts";
import type { TrainEvent } from "./events.ts";
import { batchTensors } from "./loss.ts";
import {
  disposeState,
  initialState,
  readWeights,
  type TrainState,
  type trainStep,
} from "./step.ts";

/** Weights that a run keeps, and where they are from. */
interface Kept {
  /** The weights by name. */
  weights: Record<string, Tensor>;
  /** The step after which they were. */
  step: number;
  /** Their held-out loss, if it was measured. */
  loss: number | undefined;
}

/**
 * What a run holds on the device: the state that steps change, and the best weights so far.
 *
 * It owns both; {@linkcode Learning.dispose} frees them.
 */
export class Learning {
  /** The weights and moments after the last step. */
  readonly state: TrainState;
  /** The weights that were kept last. */
  best: Kept | undefined;

  /**
   * Constructs a new {@linkcode Learning}.
   *
   * @param model The model to start from; it is left as it is.
   */
  constructor(model: Model) {
    this.state = initialState(model.weights);
  }

  /** Learns from one batch. */
  async step(
    learn: ReturnType<typeof trainStep>,
    batch: Batch,
    count: number,
    rate: number,
  ): Promise<{ loss: number; gradientNorm: number }> {
    const inputs = {
      batch: batchTensors(batch),
      count: tf.scalar(count),
      learningRate: tf.scalar(rate),
    };
    const result = learn(this.state, inputs.batch, inputs);
    const loss = (await result.loss.data())[0]!;
    const gradientNorm = (await result.gradientNorm.data())[0]!;
    tf.dispose([inputs, result]);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new RangeError(
        `Cannot go on training as the loss must be a number: at step ${count} it is ${loss}, its gradient ${gradientNorm} long; lower peakRate (current value is ${rate})`,
      );
    }
    return { loss, gradientNorm };
  }

  /** Lets a function look at the weights as they are now; it must not keep them. */
  async look<Result>(
    action: (weights: Weights) => Promise<Result>,
  ): Promise<Result> {
    const weights = readWeights(this.state);
    try {
      return await action(weights);
    } finally {
      tf.dispose(weights);
    }
  }

  /** Notes a held-out loss, and keeps the weights if they are the best so far. */
  judge(loss: number, step: number): TrainEvent {
    const best = this.best?.loss === undefined || !(loss >= this.best.loss);
    if (best) this.keep(step, loss);
    return { kind: "evaluation", step, loss, best };
  }

  /** Keeps the weights as they are now, in the place of those that were kept before. */
  keep(step: number, loss?: number): Kept {
    tf.dispose(this.best?.weights ?? {});
    this.best = { weights: readWeights(this.state), step, loss };
    return this.best;
  }

  /** Frees the state and the best weights. */
  dispose(): void {
    disposeState(this.state);
    tf.dispose(this.best?.weights ?? {});
  }
}
