import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import type { Model } from "../model/load.ts";
import type { Batch } from "../tokens/pack.ts";
import type { TrainEvent } from "./events.ts";
import { batchTensors } from "./loss.ts";
import { initialState, type TrainState, type trainStep } from "./step.ts";

/**
 * What a run holds on the device: the state that steps change, and the best weights so far.
 *
 * It owns both; {@linkcode Learning.dispose} frees them.
 */
export class Learning {
  /** The weights and moments after the last step. */
  state: TrainState;
  /** The weights with the lowest held-out loss, and the step that they are from. */
  best:
    | { weights: Record<string, Tensor>; step: number; loss: number }
    | undefined;

  /**
   * Constructs a new {@linkcode Learning}.
   *
   * @param model The model to start from; it is left as it is.
   */
  constructor(model: Model) {
    this.state = initialState(model.weights);
  }

  /** Learns from one batch; the old state is freed. */
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
    tf.dispose([this.state, inputs, result.loss, result.gradientNorm]);
    this.state = result.state;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      throw new RangeError(
        `Cannot go on training as the loss must be a number: at step ${count} it is ${loss}, its gradient ${gradientNorm} long; lower peakRate (current value is ${rate})`,
      );
    }
    return { loss, gradientNorm };
  }

  /** Notes a held-out loss, and keeps the weights if they are the best so far. */
  judge(loss: number, step: number): TrainEvent {
    const best = this.best === undefined || loss < this.best.loss;
    if (best) {
      tf.dispose(this.best?.weights ?? {});
      const weights = Object.fromEntries(
        Object.entries(this.state.weights)
          .map(([name, weight]) => [name, tf.clone(weight)]),
      );
      this.best = { weights, step, loss };
    }
    return { kind: "evaluation", step, loss, best };
  }

  /** Frees the state and the best weights. */
  dispose(): void {
    tf.dispose(this.state);
    tf.dispose(this.best?.weights ?? {});
  }
}
