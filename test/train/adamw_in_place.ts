import * as tf from "@tensorflow/tfjs";
import { equal } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { Variable } from "../../lib/engine/variable.ts";
import {
  adamw,
  type AdamWOptions,
  type AdamWStep,
  updateByAdamW,
} from "../../lib/train/adamw.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";

const SHAPE = [4, 3];

/** Settings with which the step in place must be the step. */
export const SETTINGS: { [name: string]: AdamWOptions } = {
  "its defaults": {},
  "weight decay": { weightDecay: 0.1 },
  "all of a weight given up at a rate of one": { weightDecay: 1 },
  "other constants": {
    beta1: 0.5,
    beta2: 0.75,
    epsilon: 0.01,
    weightDecay: 0.01,
  },
};

/** A weight and its moments, under names that a compiled function takes. */
type State = {
  weight: Variable;
  mean: Variable;
  square: Variable;
};

function normal(seed: number): Tensor {
  return tf.randomNormal(SHAPE, 0, 1, "float32", seed);
}

function zeros(): Tensor {
  return tf.zeros(SHAPE);
}

function started(): State {
  return {
    weight: new Variable(normal(100)),
    mean: new Variable(zeros()),
    square: new Variable(zeros()),
  };
}

/**
 * Asserts that ten steps in place are those of `adamw()`: operation by operation, or in one function.
 */
export function assertInPlace(
  settings: AdamWOptions,
  compiled?: { jit: boolean },
): void {
  const once = (state: State, gradient: Tensor, step: AdamWStep) => {
    updateByAdamW(state, gradient, step, settings);
    return null;
  };
  const run = compiled === undefined ? once : compile(
    (
      state: State,
      gradient: Tensor,
      step: { count: Tensor; learningRate: Tensor },
    ) => once(state, gradient, step),
    compiled,
  );
  const state = started();
  let expected = { weight: normal(100), mean: zeros(), square: zeros() };
  for (let i = 1; i <= 10; i++) {
    const gradient = i === 5 ? zeros() : normal(i);
    const at = { count: tf.scalar(i), learningRate: tf.scalar(0.1 / i) };
    expected = adamw({ ...expected, gradient }, at, settings);
    run(state, gradient, at);
    for (const name of ["weight", "mean", "square"] as const) {
      assertClose(state[name].read(), expected[name], {
        tolerance: 2e-6,
        name: `${name} after step ${i}`,
      });
    }
  }
}

/** Asserts that a step in place leaves no tensor behind, nor touches what it was given. */
export function assertNothingLeft(): void {
  const state = started();
  const read = Object.values(state).map((variable) => variable.read());
  const gradient = normal(1);
  const at = { count: tf.scalar(1), learningRate: tf.scalar(0.1) };
  const update = () => updateByAdamW(state, gradient, at, { weightDecay: 0.1 });
  update();
  assertTensorsKept(0, update);
  for (const [i, expected] of [normal(100), zeros(), zeros()].entries()) {
    assertClose(read[i]!, expected, { tolerance: 0 });
  }
  assertClose(gradient, normal(1), { tolerance: 0 });
  equal(at.count.dataSync()[0], 1);
}
