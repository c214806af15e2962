import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";

const ignore = !NATIVE;
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

Deno.test("matMul() agrees with the sum of products for every rank and transposition", () => {
  const shapes = [[2, 3], [1, 2, 3], [4, 2, 3], [2, 2, 2, 3]];
  for (const shape of shapes) {
    const lead = shape.slice(0, -2);
    for (const [turnA, turnB] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const a = tf.randomNormal([...lead, ...(turnA ? [3, 2] : [2, 3])]);
      const b = tf.randomNormal([...lead, ...(turnB ? [5, 3] : [3, 5])]);
      const left = tf.expandDims(turnA ? swapped(a) : a, -1); // [.., 2, 3, 1]
      const right = tf.expandDims(turnB ? swapped(b) : b, -3); // [.., 1, 3, 5]
      const expected = tf.sum(tf.mul(left, right), -2);
      const product = tf.matMul(a, b, turnA === 1, turnB === 1);
      assertClose(product, expected, { tolerance: 1e-5, name: `[${shape}]` });
    }
  }
});

function swapped(x: Tensor): Tensor {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  return tf.transpose<Tensor>(x, [
    ...axes.slice(0, -2),
    x.rank - 1,
    x.rank - 2,
  ]);
}
