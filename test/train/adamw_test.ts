import * as tf from "@tensorflow/tfjs";
import { deepEqual, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { adamw, type Moments } from "../../lib/train/adamw.ts";
import { assertClose } from "../close.ts";
import { NATIVE } from "../engine/native.ts";
import golden from "../golden/adamw.json" with { type: "json" };
import { assertTensorsKept } from "../leak.ts";
import { restored } from "../model/golden.ts";

const { betas: [beta1, beta2], eps, "weight_decay": weightDecay } =
  golden.settings;
const CONSTANTS = { beta1: beta1!, beta2: beta2!, epsilon: eps, weightDecay };
const engine = NATIVE ? "TensorFlow" : "another engine";

/** One parameter before its first step. */
function fresh(weight: Tensor): Moments & { weight: Tensor } {
  return { weight, mean: tf.zerosLike(weight), square: tf.zerosLike(weight) };
}

for (const name of ["matrix", "gain"] as const) {
  Deno.test(`adamw() takes the ten steps of torch ${golden.torch} on ${engine}: ${name}`, () => {
    let state = fresh(restored(golden.weights[name]));
    for (const [i, { rate, gradients, weights }] of golden.steps.entries()) {
      state = adamw(
        { ...state, gradient: restored(gradients[name]) },
        { count: tf.scalar(i + 1), learningRate: tf.scalar(rate) },
        CONSTANTS,
      );
      assertClose(state.weight, restored(weights[name]), {
        tolerance: 1e-6,
        name: `${name} after step ${i + 1}`,
      });
    }
  });
}

Deno.test("adamw() without a gradient gives up the share of weight decay and no more", () => {
  const weight = tf.tensor([2, -4]);
  const next = adamw(
    { ...fresh(weight), gradient: tf.zerosLike(weight) },
    { count: tf.scalar(1), learningRate: tf.scalar(0.5) },
    { weightDecay: 0.1 },
  );
  assertClose(next.weight, tf.tensor([1.9, -3.8]), { tolerance: 1e-6 });
});

Deno.test("adamw() by default decays squared gradients by 0.95, and no weight", () => {
  const weight = tf.tensor([1]);
  const once = { count: tf.scalar(1), learningRate: tf.scalar(0) };
  const { mean, square, weight: kept } = adamw(
    { ...fresh(weight), gradient: tf.tensor([2]) },
    once,
  );
  assertClose(mean, tf.tensor([0.2]), { tolerance: 1e-6 });
  assertClose(square, tf.tensor([0.2]), { tolerance: 1e-6 });
  assertClose(kept, weight, { tolerance: 0 });
});

Deno.test("adamw() leaves its arguments alone, returns three tensors and leaks none", () => {
  const weight = tf.tensor([1, 2]);
  const parameter = { ...fresh(weight), gradient: tf.tensor([0.5, -0.5]) };
  const step = { count: tf.scalar(3), learningRate: tf.scalar(0.1) };
  assertTensorsKept(3, () => adamw(parameter, step, { weightDecay: 0.1 }));
  deepEqual([...weight.dataSync()], [1, 2]);
  ok(!parameter.mean.isDisposed && !step.count.isDisposed);
});
