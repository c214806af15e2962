import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { deepEqual, ok } from "node:assert/strict";
import { compile } from "../../lib/engine/compile.ts";
import { crossEntropy } from "../../lib/engine/cross_entropy.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import "./native.ts"; // opens an engine

const logits = tf.tensor([[1, -2, 3], [0.5, 4, -1]]);
const labels = tf.tensor1d([2, 0], "int32");

/** The definition, of operations of tfjs. */
function defined(logits: Tensor): Tensor {
  const right = tf.oneHot(labels, 3);
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), right), 1));
}

Deno.test("crossEntropy() is minus the log of the label's share", () => {
  assertClose(crossEntropy(logits, labels), defined(logits), {
    tolerance: 1e-6,
  });
});

Deno.test("crossEntropy() has the gradient of its definition, weighted row by row", () => {
  const dy = tf.tensor([0, -2]);
  const slope = tf.grad((x: Tensor) => crossEntropy(x, labels))(logits, dy);
  assertClose(slope, tf.grad(defined)(logits, dy), { tolerance: 1e-6 });
  assertGradient((x) => crossEntropy(x, labels), logits);
});

Deno.test("crossEntropy() bears logits of any size", () => {
  const large = tf.tensor([[1000, 0], [-1000, 0], [0, 1e6]]);
  const right = tf.tensor1d([0, 0, 0], "int32");
  deepEqual(crossEntropy(large, right).arraySync(), [0, 1000, 1e6]);
  const slope = tf.grad((x: Tensor) => crossEntropy(x, right))(large);
  ok(slope.dataSync().every(Number.isFinite));
});

Deno.test("crossEntropy() keeps one tensor, and its gradient too", () => {
  assertTensorsKept(1, () => crossEntropy(logits, labels));
  const slope = tf.grad((x: Tensor) => crossEntropy(x, labels));
  assertTensorsKept(1, () => slope(logits));
});

Deno.test("crossEntropy() compiled gives the same", () => {
  const run = compile((x: Tensor, labels: Tensor) => ({
    loss: crossEntropy(x, labels),
    slope: tf.grad((x: Tensor) => crossEntropy(x, labels))(x),
  }));
  const { loss, slope } = run(logits, labels);
  assertClose(loss, defined(logits), { tolerance: 1e-6 });
  assertClose(slope, tf.grad(defined)(logits), { tolerance: 1e-6 });
});
