import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
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

Deno.test("matMul() agrees with the sum of products for every rank and transposition", () => {
  for (const { name, product, expected } of SHAPES.flatMap(productsOf)) {
    assertClose(product(), expected, { tolerance: 1e-5, name });
  }
});
