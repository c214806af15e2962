import * as tf from "@tensorflow/tfjs";
import { deepEqual, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { crossEntropy } from "../../lib/engine/cross_entropy.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { productsOf } from "./sum_of_products.ts";

await openEngine({ engine: "wasm" });

const SHAPES = [[], [1], [4], [2, 2]]; // of the axes before the matrix
const table = tf.tensor([[1, 2], [3, 4], [5, 6]]);
const ids = tf.tensor1d([2, 0, 2], "int32");

Deno.test("gather() on WASM has a gradient that adds up repeated rows", () => {
  const slope = tf.grad((x: Tensor) => tf.gather(x, ids))(table);
  deepEqual(slope.arraySync(), [[1, 1], [0, 0], [2, 2]]);
  assertGradient((x) => tf.square(tf.gather(x, ids)), table);
});

Deno.test("unsortedSegmentSum() on WASM sums rows of any rank", () => {
  const x = tf.tensor([[[1, 2]], [[3, 4]], [[5, 6]]]);
  const sums = tf.unsortedSegmentSum(x, tf.tensor1d([1, 3, 1], "int32"), 4);
  deepEqual(sums.arraySync(), [[[0, 0]], [[6, 8]], [[0, 0]], [[3, 4]]]);
  assertTensorsKept(1, () => tf.unsortedSegmentSum(x, ids, 4));
});

Deno.test("matMul() on WASM agrees with the sum of products for every rank and transposition", () => {
  for (const { name, product, expected } of SHAPES.flatMap(productsOf)) {
    assertClose(product(), expected, { tolerance: 1e-5, name });
    assertTensorsKept(1, product);
  }
});

Deno.test("gather() on WASM refuses batch dimensions, which it would get wrong", () => {
  const batch = tf.tensor2d([[0], [1]], [2, 1], "int32");
  throws(() => tf.gather(tf.ones([2, 3]), batch, 1, 1), {
    name: "RangeError",
    message:
      "Cannot gather on WASM as batchDims must be 0, since its kernel is wrong for others: current value is 1",
  });
});

Deno.test("crossEntropy() on WASM has the gradient that central differences have", () => {
  const logits = tf.tensor([[1, -2, 3], [0.5, 4, -1]]);
  const labels = tf.tensor1d([2, 0], "int32");
  assertGradient((x) => crossEntropy(x, labels), logits);
  assertTensorsKept(1, () => crossEntropy(logits, labels));
});
