import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { repairGradients } from "../../lib/engine/repairs.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { loss } from "./slopes.ts";
import { productsOf } from "./sum_of_products.ts";

const ignore = !NATIVE;
const SHAPES = [[], [1], [4], [2, 2]]; // of the axes before the matrix
const table = tf.tensor([[1, 2], [3, 4], [5, 6]]);
const ids = tf.tensor1d([2, 0, 2], "int32");

Deno.test("gather() takes rows along any axis", () => {
  deepEqual(tf.gather(table, ids).arraySync(), [[5, 6], [1, 2], [5, 6]]);
  const columns = tf.gather(table, tf.tensor1d([1, 0], "int32"), 1);
  deepEqual(columns.arraySync(), [[2, 1], [4, 3], [6, 5]]);
  const whole = tf.tensor2d([[1, 2], [3, 4]], [2, 2], "int32");
  deepEqual(tf.gather(whole, [1]).arraySync(), [[3, 4]]);
  equal(tf.gather(whole, [1]).dtype, "int32");
});

Deno.test("gather() has the gradient that central differences have", () => {
  assertGradient((x) => tf.square(tf.gather(x, ids)), table);
});

Deno.test("gather() keeps one tensor", () => {
  assertTensorsKept(1, () => tf.gather(table, ids));
});

Deno.test({
  name:
    "gather() and its gradient are traced, with indices that have no values",
  ignore,
  fn() {
    const slope = (table: Tensor, ids: Tensor): Tensor =>
      tf.grad((x: Tensor) => tf.square(tf.gather(x, ids as tf.Tensor1D)))(
        table,
      );
    assertClose(compile(slope)(table, ids), slope(table, ids));
  },
});

Deno.test({
  name: "gather() refuses an index out of range",
  ignore,
  fn() {
    const outside = tf.tensor1d([3], "int32");
    throws(
      () => tf.gather(table, outside),
      /indices\[0\] = 3 is not in \[0, 3/,
    );
  },
});

Deno.test("gather() takes rows of a tensor in bfloat16, and gives them in float32", () => {
  const thirds = tf.div(table, 3);
  const half = toBfloat16(thirds);
  const expected = tf.gather(toFloat32(half), ids);
  const rows = tf.gather(half, ids);
  equal(isBfloat16(rows), false);
  assertClose(tf.mul(rows, 1), expected, { tolerance: 0 });
  assertTensorsKept(1, () => tf.gather(half, ids));
});

Deno.test("gather() gives a tensor in bfloat16 its gradient, in float32", () => {
  const half = toBfloat16(table);
  const slope = (x: Tensor) =>
    tf.grad((x: Tensor) => loss(tf.gather(x, ids)))(x);
  assertClose(slope(half), slope(toFloat32(half)));
});

Deno.test({
  name: "gather() takes rows of a tensor in bfloat16 in compiled functions",
  ignore,
  fn() {
    const half = toBfloat16(tf.div(table, 3));
    const twice = (x: Tensor) => tf.mul(tf.gather(x, ids), 2);
    for (const jit of [false, true]) {
      const expected = twice(toFloat32(half));
      const name = `jit: ${jit}`;
      assertClose(compile(twice, { jit })(half), expected, {
        tolerance: 0,
        name,
      });
      const captured = compile(
        (ids: Tensor) => tf.gather(half, ids as tf.Tensor1D),
        { jit },
      );
      assertClose(tf.mul(captured(ids), 2), expected, { tolerance: 0, name });
    }
  },
});

Deno.test("matMul() agrees with the sum of products for every rank and transposition", () => {
  for (const { name, product, expected } of SHAPES.flatMap(productsOf)) {
    assertClose(product(), expected, { tolerance: 1e-5, name });
  }
});

const REDUCTIONS = { sum: tf.sum, mean: tf.mean };

for (const [name, reduce] of Object.entries(REDUCTIONS)) {
  Deno.test(`${name}() has the gradient that central differences have, whatever axes go`, () => {
    const x = tf.randomNormal([2, 3, 4], 0, 1, "float32", 1);
    for (const axis of [undefined, 0, -1, [0, 2], [-2, -3]]) {
      for (const keepDims of [false, true]) {
        assertGradient((x) => tf.sin(reduce(x, axis, keepDims)), x);
      }
    }
    equal(tf.grad((x) => reduce(x))(tf.scalar(3)).arraySync(), 1);
  });

  Deno.test({
    name:
      `the gradient of ${name}() takes no ones from JavaScript, which a compiled function would keep`,
    ignore,
    fn() {
      const x = tf.fill([64, 32], 1); // made on the device
      const slope = (x: Tensor) =>
        tf.grad((x: Tensor) => loss(reduce(x, -1)))(x);
      ok(largestFromJavaScript(() => slope(x)) <= 64);
      for (const jit of [false, true]) {
        const compiled = compile(slope, { jit });
        ok(largestFromJavaScript(() => compiled(x)) <= 64);
        assertClose(compiled(x), slope(x));
      }
    },
  });
}

Deno.test("repairGradients() takes the place of gradients that tfjs may bring, as often as it is called", () => {
  const kernels = [tf.Einsum, tf.Mean, tf.StridedSlice, tf.Sum, tf.Tile];
  const broken = { gradFunc: () => ({}) };
  for (const kernelName of kernels) {
    tf.registerGradient({ kernelName, ...broken });
  }
  repairGradients();
  const repaired = kernels.map(tf.getGradient);
  ok(repaired.every(({ gradFunc }) => gradFunc !== broken.gradFunc));
  repairGradients();
  deepEqual(kernels.map(tf.getGradient), repaired);
});

/** The size of the largest tensor that is brought to the device meanwhile. */
function largestFromJavaScript(action: () => unknown): number {
  const { binding } = nativeBackend()!;
  const create = binding.createTensor.bind(binding);
  let largest = 0;
  binding.createTensor = (shape, dtype, values) => {
    largest = Math.max(largest, values.length);
    return create(shape, dtype, values);
  };
  try {
    action();
  } finally {
    binding.createTensor = create;
  }
  return largest;
}
