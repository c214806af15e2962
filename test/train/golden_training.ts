import * as tf from "@tensorflow/tfjs";
import { equal, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import type { Batch } from "../../lib/tokens/pack.ts";
import {
  batchLoss,
  type BatchTensors,
  batchTensors,
} from "../../lib/train/loss.ts";
import {
  disposeState,
  initialState,
  readWeights,
  type StepOptions,
  trainStep,
} from "../../lib/train/step.ts";
import { assertClose } from "../close.ts";
import golden from "../golden/training.json" with { type: "json" };
import { goldenModel, restored } from "../model/golden.ts";

/** Who wrote the golden steps, for the names of tests. */
export const WRITER = `torch ${golden.torch}`;

/** How a step runs. */
export type How = Pick<StepOptions, "compiled" | "jit" | "checkpointing">;

/** Asserts that twenty steps on one batch give torch's losses, gradient norms and last weights. */
export function assertGoldenTraining(how: How = {}): void {
  const { weights, config } = goldenModel("grouped");
  const { betas: [beta1, beta2], eps, rate, clip } = golden.settings;
  const step = trainStep(config, {
    beta1: beta1!,
    beta2: beta2!,
    epsilon: eps,
    weightDecay: golden.settings.weight_decay,
    clip,
    ...how,
  });
  const batch = batchTensors(batchOf(golden.ids, golden.labels));
  const state = initialState(weights);
  const kept = tf.memory().numTensors;
  for (const [i, expected] of golden.losses.entries()) {
    const inputs = { count: tf.scalar(i + 1), learningRate: tf.scalar(rate) };
    const result = step(state, batch, inputs);
    assertNear(result.loss, expected, `loss of step ${i + 1}`);
    const norm = golden.norms[i]!;
    assertNear(result.gradientNorm, norm, `gradient norm of step ${i + 1}`);
    tf.dispose([inputs, result]);
    equal(tf.memory().numTensors, kept, `tensors after step ${i + 1}`);
  }
  const last = readWeights(state);
  for (const [name, expected] of Object.entries(golden.weights)) {
    assertClose(last[name]!, restored(expected), { name });
  }
  disposeState(state);
  tf.dispose([last, batch, weights]);
}

/** Asserts that the gradient of the loss by every weight is torch's. */
export function assertGoldenGradients(
  { compiled = true, ...how }: How = {},
): void {
  const { weights, config } = goldenModel("grouped");
  const names = Object.keys(golden.gradients);
  const slopes = (weights: Record<string, Tensor>, batch: BatchTensors) =>
    tf.grads((...values: Tensor[]) => {
      const given = names.map((name, i) => [name, values[i]!]);
      return batchLoss(Object.fromEntries(given), config, batch, how);
    })(names.map((name) => weights[name]!));
  const { jit = false } = how;
  const run = compiled ? compile(slopes, { jit }) : slopes;
  const batch = batchTensors(batchOf(golden.ids, golden.labels));
  const found = run(weights, batch);
  for (const [i, expected] of Object.values(golden.gradients).entries()) {
    assertClose(found[i]!, restored(expected), { name: names[i]! });
  }
  tf.dispose([found, weights, batch]);
}

/** Asserts that a number is another to four digits. */
function assertNear(actual: tf.Tensor, expected: number, name: string): void {
  const value = actual.dataSync()[0]!;
  const gap = Math.abs(value - expected) / expected;
  ok(gap <= 1e-4, `${name} is ${value}, expected ${expected}`);
}

/** The batch of ids and labels in transformers' form, where -100 does not count. */
function batchOf(
  ids: readonly number[][],
  labels: readonly number[][],
): Batch {
  const [rows, width] = [ids.length, ids[0]!.length];
  const asked = labels.flatMap((row, b) =>
    row.map((label, t) => ({ label, from: b * width + t - 1, t }))
      .filter(({ label, t }) => label !== -100 && t > 0)
  );
  return {
    rows,
    width,
    ids: Int32Array.from(ids.flat()),
    positions: Int32Array.from(ids.flat(), (_, i) => i % width),
    segments: new Int32Array(rows * width).fill(1),
    from: Int32Array.from(asked, ({ from }) => from),
    labels: Int32Array.from(asked, ({ label }) => label),
    weights: new Float32Array(asked.length).fill(1),
    tokens: rows * width,
    labeled: asked.length,
    tasks: [],
  };
}
