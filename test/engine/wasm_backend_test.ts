import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { crossEntropy } from "../../lib/engine/cross_entropy.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { wasmBudget } from "../../lib/engine/wasm_backend.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { takeAll } from "./free_pieces.ts";
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

Deno.test("unsortedSegmentSum() on WASM keeps whole numbers whole, and makes zeros of no rows", () => {
  const x = tf.tensor([[1, 2], [3, 4]], [2, 2], "int32");
  const sums = tf.unsortedSegmentSum(x, tf.tensor1d([1, 1], "int32"), 2);
  equal(sums.dtype, "int32");
  deepEqual(sums.arraySync(), [[0, 0], [4, 6]]);
  const none = tf.tensor1d([], "int32");
  const zeros = tf.unsortedSegmentSum(tf.zeros([0, 3]) as tf.Tensor2D, none, 2);
  deepEqual(zeros.arraySync(), [[0, 0, 0], [0, 0, 0]]);
});

for (
  const [name, reduce, value] of [
    ["sum", tf.sum, 0],
    ["mean", tf.mean, NaN],
    ["prod", tf.prod, 1],
    ["max", tf.max, -Infinity],
    ["min", tf.min, Infinity],
  ] as const
) {
  Deno.test(`${name}() on WASM of nothing is ${value}, whatever was in the memory before`, () => {
    tf.dispose(Array.from({ length: 50 }, (_, i) => tf.fill([3], i + 7)));
    const nothing: Tensor = tf.zeros([0, 3]);
    deepEqual(reduce(nothing, 0).arraySync(), [value, value, value]);
    const one: Tensor = tf.tensor([[5, 6, 7]]);
    deepEqual(reduce(one, 0).arraySync(), [5, 6, 7]);
  });
}

Deno.test("all() and any() on WASM of nothing are true and false", () => {
  tf.dispose(Array.from({ length: 50 }, () => tf.fill([3], 1)));
  const nothing = tf.zeros([0, 3], "bool");
  deepEqual(tf.all(nothing, 0).arraySync(), [1, 1, 1]);
  deepEqual(tf.any(nothing, 0).arraySync(), [0, 0, 0]);
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

Deno.test("a tensor on WASM is counted from its making to the end of its last copy", () => {
  const before = wasmBudget.held;
  const x = tf.zeros([10, 10]);
  const flat = tf.reshape(x, [100]); // of the same elements
  equal(wasmBudget.held - before, 400);
  const both = tf.greater(x, 0); // bool
  const sum = tf.sum(tf.ones([5], "int32"));
  equal(wasmBudget.held - before, 400 + 100 + 4 + 20);
  x.dispose();
  equal(wasmBudget.held - before, 400 + 100 + 4 + 20);
  tf.dispose([flat, both, sum]);
  equal(wasmBudget.held - before, 20);
});

Deno.test("a string tensor on WASM takes nothing of its memory", () => {
  const before = wasmBudget.held;
  const words = tf.tensor(["a", "b"], [2], "string");
  equal(wasmBudget.held, before);
  words.dispose();
  equal(wasmBudget.held, before);
});

Deno.test("a tensor over WASM's memory is refused before it is made, and the next is not", () => {
  const { held, limit } = wasmBudget;
  const tensors = tf.memory().numTensors;
  wasmBudget.limit = held + 2 ** 20;
  try {
    throws(() => tf.zeros([512, 513]), {
      name: "RangeError",
      message:
        /^Cannot make a tensor of shape \[512,513\] as WASM memory must stay under [\d.]+ MiB: asked for are 1 MiB, held are [\d.]+ .?i?B/,
    });
    equal(wasmBudget.held, held);
    equal(tf.memory().numTensors, tensors);
    const x = tf.ones([512, 512]);
    throws(
      () => tf.neg(x),
      /^RangeError: Cannot make a tensor of shape \[512,512\]/,
    );
    x.dispose();
  } finally {
    wasmBudget.limit = limit;
  }
  deepEqual(tf.neg(tf.ones([2])).arraySync(), [-1, -1]);
});

Deno.test("WASM's memory in use ends before its addresses do", () => {
  equal(wasmBudget.limit, 3.9 * 2 ** 30);
  throws(() => tf.fill([2 ** 30 + 25], 1), RangeError); // 100 bytes, as 32 bits have it
});

Deno.test("a tensor is refused where WASM's memory has no piece of its size, and does not go to address 0", () => {
  const before = wasmBudget.held;
  const rest = takeAll();
  throws(() => tf.zeros([1024, 512]), {
    name: "RangeError",
    message:
      /^Cannot make a tensor of shape \[1024,512\] as WASM memory must have as much in one piece: asked for are 2 MiB/,
  });
  rest.free();
  equal(wasmBudget.held, before);
  deepEqual(tf.sum(tf.ones([1024, 512])).arraySync(), 2 ** 19);
});
