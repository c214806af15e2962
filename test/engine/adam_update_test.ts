import * as tf from "@tensorflow/tfjs";
import { equal, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import {
  adamUpdate,
  type AdamVariables,
  decay,
  sumOfSquares,
} from "../../lib/engine/adam_update.ts";
import { compile } from "../../lib/engine/compile.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { adamw } from "../../lib/train/adamw.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { MEASURED, peakOf } from "./resident.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

/** Which step it is, in tensors. */
type Step = { count: Tensor; learningRate: Tensor };

/** A weight and its moments, under names that a compiled function takes. */
type State = AdamVariables & { [name: string]: Variable };

const HOW = {
  "operation by operation": undefined,
  compiled: { jit: false },
  "compiled by XLA": { jit: true },
};

/** Takes a step, in one of the ways. */
function stepper(
  constants: { beta1: number; beta2: number; epsilon: number },
  how: { jit: boolean } | undefined,
): (state: State, gradient: Tensor, step: Step) => null {
  const once = (state: State, gradient: Tensor, step: Step) => {
    adamUpdate(state, gradient, { ...step, ...constants });
    return null;
  };
  return how === undefined ? once : compile(once, how);
}

const SHAPE = [3, 5];

function normal(seed: number): Tensor {
  return tf.randomNormal(SHAPE, 0, 1, "float32", seed);
}

const ZERO = tf.zeros(SHAPE);
/** Some of whose elements are zero. */
const sparse = (seed: number) => tf.relu(normal(seed));

const COURSES: {
  [name: string]: {
    gradient: (step: number) => Tensor;
    constants: { beta1: number; beta2: number; epsilon: number };
    tolerance?: number;
  };
} = {
  "random gradients": {
    gradient: normal,
    constants: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
  },
  "other constants": {
    gradient: (step) => tf.mul(normal(step), 100),
    constants: { beta1: 0.5, beta2: 0.75, epsilon: 1e-6 },
  },
  "constants near 1": {
    gradient: normal,
    constants: { beta1: 0.99, beta2: 0.999, epsilon: 1e-6 },
    tolerance: 5e-5, // 1 − 0.999 has four digits in float32
  },
  "a large epsilon": {
    gradient: normal,
    constants: { beta1: 0.9, beta2: 0.95, epsilon: 0.5 },
  },
  "gradients that are zero": {
    gradient: () => ZERO,
    constants: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
  },
  "gradients that are zero in places": {
    gradient: sparse,
    constants: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
  },
};

for (const [how, options] of Object.entries(HOW)) {
  for (const [course, settings] of Object.entries(COURSES)) {
    const { gradient, constants, tolerance = 1e-6 } = settings;
    nativeTest(
      `adamUpdate() ${how} takes the ten steps of adamw(): ${course}`,
      () => {
        const step = stepper(constants, options);
        let expected = { weight: normal(100), mean: ZERO, square: ZERO };
        const state: State = {
          weight: new Variable(expected.weight),
          mean: new Variable(ZERO),
          square: new Variable(ZERO),
        };
        for (let i = 1; i <= 10; i++) {
          const slope = gradient(i);
          const at = { count: tf.scalar(i), learningRate: tf.scalar(0.1 / i) };
          expected = adamw({ ...expected, gradient: slope }, at, constants);
          step(state, slope, at);
          for (const name of ["weight", "mean", "square"] as const) {
            const most = tf.max(tf.abs(expected[name])).dataSync()[0]!;
            assertClose(state[name].read(), expected[name], {
              tolerance: tolerance * Math.max(1, most),
              name: `${name} after step ${i}`,
            });
          }
        }
      },
    );
  }

  nativeTest(
    `adamUpdate() ${how} leaves what was read before it as it was`,
    () => {
      const step = stepper({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }, options);
      const state: State = {
        weight: new Variable(normal(1)),
        mean: new Variable(ZERO),
        square: new Variable(ZERO),
      };
      const read = Object.values(state).map((variable) => variable.read());
      step(state, normal(2), {
        count: tf.scalar(1),
        learningRate: tf.scalar(1),
      });
      for (const [i, expected] of [normal(1), ZERO, ZERO].entries()) {
        assertClose(read[i]!, expected, { tolerance: 0 });
      }
    },
  );

  nativeTest(
    `decay() ${how} takes a share away, and leaves what was read`,
    () => {
      const once = (state: { v: Variable }, share: Tensor) => {
        const before = state.v.read();
        decay(state.v, share);
        return { before, after: state.v.read() };
      };
      const run = options === undefined ? once : compile(once, options);
      const v = new Variable(tf.tensor([8, -4]));
      for (const values of [[8, -4], [6, -3]]) {
        const { before, after } = run({ v }, tf.scalar(0.25));
        const expected = tf.tensor(values);
        assertClose(before, expected, { tolerance: 0 });
        assertClose(after, tf.mul(expected, 0.75), { tolerance: 0 });
      }
      const { after } = run({ v }, tf.scalar(0));
      assertClose(after, tf.tensor([4.5, -2.25]), { tolerance: 0 });
    },
  );
}

nativeTest(
  "adamUpdate() and decay() leave no tensor and no handle behind",
  () => {
    const state: State = {
      weight: new Variable(normal(1)),
      mean: new Variable(ZERO),
      square: new Variable(ZERO),
    };
    const gradient = normal(2);
    const at = { count: tf.scalar(1), learningRate: tf.scalar(1) };
    const step = stepper({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }, undefined);
    const update = () => {
      decay(state.weight, at.learningRate);
      step(state, gradient, at);
    };
    update();
    const { binding } = nativeBackend()!;
    const before = binding.getNumOfTensors();
    assertTensorsKept(0, update);
    equal(binding.getNumOfTensors(), before);
  },
);

for (const jit of [false, true]) {
  Deno.test({
    name:
      `adamUpdate() in a function with jit ${jit} takes no second copy of a weight and its moments`,
    ignore: !MEASURED,
    async fn() {
      const peak = await peakOf("adam", { jit }); // three times 67 MB
      ok(peak < 40, `took ${peak} MB`);
    },
  });
}

const SUMS: { [name: string]: () => Tensor } = {
  "a scalar": () => tf.scalar(-3),
  "a matrix": () => normal(4),
  "nothing": () => tf.zeros([0]),
  "rows of nothing": () => tf.zeros([3, 0]),
  "a million numbers": () => tf.sin(tf.range(0, 1e6)),
  "zeros": () => ZERO,
  "large numbers": () => tf.fill([4], 1e18),
};

for (const [how, options] of Object.entries(HOW)) {
  Deno.test(`sumOfSquares() ${how} is the sum of squares`, () => {
    const run = options === undefined
      ? sumOfSquares
      : compile(sumOfSquares, options);
    for (const [name, make] of Object.entries(SUMS)) {
      const x = make();
      const expected = tf.sum(tf.square(x));
      const scale = Math.max(1, expected.dataSync()[0]!);
      assertClose(run(x), expected, { tolerance: 1e-6 * scale, name });
    }
    for (const special of [Infinity, NaN]) {
      const [found] = run(tf.tensor([1, special])).dataSync();
      equal(found, special);
    }
    equal(run(tf.fill([2], 2e19)).dataSync()[0], Infinity);
  });
}

Deno.test("sumOfSquares() keeps its result alone", () => {
  assertTensorsKept(1, () => sumOfSquares(ZERO));
});
