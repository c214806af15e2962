import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { compile } from "../engine/compile.ts";
import type { LlamaConfig } from "../model/config.ts";
import type { Weights } from "../model/llama.ts";
import type { Encoded } from "../tokens/encode.ts";
import { packBatches, type PackOptions } from "../tokens/pack.ts";
import { type BatchTensors, batchTensors, labelLosses } from "./loss.ts";

/** The loss on one task: the sum over its labels and their number. */
export interface TaskLoss {
  /** Sum over the labels of the task, in nats. */
  nats: number;
  /** Number of labels. */
  tokens: number;
}

/**
 * Makes the function that tells how surprised a model is by each of some tasks.
 *
 * The tasks are laid into batches once; the weights come anew at each call, so the same tasks can
 * be asked about again while a model learns.
 *
 * @param config The shape of the model.
 * @param tasks The tasks.
 * @param options The shape of a batch.
 * @returns The function; it gives the losses in the order of the tasks, and leaves the weights
 * alone.
 */
export function heldOutLoss(
  config: LlamaConfig,
  tasks: readonly Encoded[],
  options: PackOptions = {},
): (weights: Weights) => Promise<TaskLoss[]> {
  const losses = compile(
    (weights: Record<string, Tensor>, batch: Record<string, Tensor>) =>
      labelLosses(weights, config, batch as BatchTensors),
  );
  const batches = packBatches(tasks, options);
  return async (weights) => {
    const sums = new Map<Encoded, TaskLoss>();
    for (const batch of batches) {
      const tensors = batchTensors(batch);
      const result = losses({ ...weights }, tensors);
      const values = await result.data() as Float32Array;
      tf.dispose([tensors, result]);
      let next = 0;
      for (const task of batch.tasks) {
        const tokens = task.ids.length - task.promptLength;
        const nats = values.slice(next, next + tokens)
          .reduce((sum, value) => sum + value, 0);
        sums.set(task, { nats, tokens });
        next += tokens;
      }
    }
    return tasks.map((task) => sums.get(task)!);
  };
}

/**
 * Mean loss over all labels of all tasks.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(meanLoss([{ nats: 3, tokens: 1 }, { nats: 3, tokens: 2 }]), 2);
 * ```
 *
 * @param losses The losses of the tasks.
 * @returns The mean, in nats a token.
 */
export function meanLoss(losses: readonly TaskLoss[]): number {
  const nats = losses.reduce((sum, loss) => sum + loss.nats, 0);
  return nats / losses.reduce((sum, loss) => sum + loss.tokens, 0);
}
