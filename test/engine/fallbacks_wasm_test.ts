import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { sumOfSquares } from "../../lib/engine/adam_update.ts";
import { attend } from "../../lib/engine/attention.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { linearCrossEntropy } from "../../lib/engine/linear_cross_entropy.ts";
import { linearRows } from "../../lib/engine/matmul.ts";
import { checkpoint, fuse } from "../../lib/engine/replay.ts";
import { startAfter } from "../../lib/engine/start_after.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";

await openEngine({ engine: "wasm" });

function normal(shape: number[], seed: number): Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

Deno.test("toBfloat16() on WASM gives the same numbers in a tensor of its own", () => {
  equal(tf.getBackend(), "wasm");
  const x = tf.tensor([1 / 3, 1e30]);
  for (const convert of [toBfloat16, toFloat32]) {
    assertTensorsKept(1, () => convert(x));
    const same = convert(x);
    deepEqual([...same.dataSync()], [...x.dataSync()]);
    equal(isBfloat16(same), false);
    same.dispose();
    equal(x.isDisposed, false);
  }
});

Deno.test("linearRows() on WASM computes in float32, whatever the precision", () => {
  const [x, w] = [normal([3, 4], 1), normal([5, 4], 2)];
  const run = compile(linearRows, { precision: "bfloat16" });
  const expected = tf.matMul(x, w, false, true);
  assertClose(run(x, toBfloat16(w)), expected, { tolerance: 1e-6 });
});

for (const [wrapper, wrap] of Object.entries({ fuse, checkpoint })) {
  Deno.test(`${wrapper}() on WASM gives the values and the gradients of the plain function`, () => {
    type Given = { x: Tensor; gain: Tensor };
    const plain = ({ x, gain }: Given, { by }: { by: Tensor }) =>
      tf.mul(tf.tanh(tf.mul(x, by)), gain);
    const slopes = (fn: typeof plain) =>
      compile((x: Tensor, gain: Tensor, by: Tensor) =>
        tf.grads((x: Tensor, gain: Tensor) =>
          tf.square(fn({ x: tf.sin(x), gain }, { by }))
        )([x, gain])
      );
    const args = [
      normal([300, 300], 1),
      normal([300], 2),
      tf.scalar(2),
    ] as const;
    const expected = slopes(plain)(...args);
    const run = slopes(wrap(plain));
    assertTensorsKept(2, () => {
      for (const [i, slope] of run(...args).entries()) {
        assertClose(slope, expected[i]!, { tolerance: 1e-3 });
      }
    });
  });
}

Deno.test("attend() on WASM agrees with its definition, gradients included", () => {
  const [query, keys, values] = [4, 6, 6].map((length, i) =>
    normal([2, 3, length, 8], i + 1)
  );
  const mask = tf.tensor([0, 0, -1e9, 0, -1e9, 0], [1, 1, 1, 6]);
  const defined = (query: Tensor) =>
    tf.matMul(
      tf.softmax(tf.add(tf.matMul(query, keys!, false, true), mask)),
      values!,
    );
  const run = compile(
    (query: Tensor) => attend({ query, keys: keys!, values: values!, mask }),
    { precision: "bfloat16" }, // which it does not have
  );
  assertClose(run(query!), defined(query!), { tolerance: 1e-5 });
  const slope = tf.grad((x: Tensor) => tf.square(run(x)))(query!);
  const expected = tf.grad((x: Tensor) => tf.square(defined(x)))(query!);
  assertClose(slope, expected, { tolerance: 1e-4 });
});

Deno.test("linearCrossEntropy() on WASM is the mean of surprises, cut or not, gradients included", () => {
  const [M, V] = [10, 7];
  const [rows, weight] = [normal([M, 4], 1), normal([V, 4], 2)];
  const labels = tf.tensor([3, 0, 6, 1, 1, 2, 5, 4, 3, 0], [M], "int32");
  const weights = tf.tensor([1, 0, 2, 1, 1, 0, 1, 3, 1, 1]);
  const defined = (rows: Tensor, weight: Tensor) => {
    const shares = tf.logSoftmax(tf.matMul(rows, weight, false, true));
    const right = tf.oneHot(labels as tf.Tensor1D, V);
    const picked = tf.sum(tf.mul(shares, right), 1);
    return tf.neg(tf.div(tf.sum(tf.mul(picked, weights)), tf.sum(weights)));
  };
  const expected = [
    defined(rows, weight),
    ...tf.grads(defined)([rows, weight]),
  ];
  for (const logitsAtOnce of [1, 3 * V, 2 ** 24]) {
    const loss = (rows: Tensor, weight: Tensor) =>
      linearCrossEntropy({ rows, weight, labels, weights }, { logitsAtOnce });
    const run = compile((rows: Tensor, weight: Tensor) => [
      loss(rows, weight),
      ...tf.grads(loss)([rows, weight]),
    ], { precision: "bfloat16" });
    for (const [i, found] of run(rows, weight).entries()) {
      assertClose(found, expected[i]!, { tolerance: 1e-5 });
    }
    assertTensorsKept(3, () => run(rows, weight));
  }
});

Deno.test("sumOfSquares() on WASM is the sum of squares, and leaves it alone", () => {
  const x = normal([30, 7], 1);
  assertClose(sumOfSquares(x), tf.sum(tf.square(x)), { tolerance: 1e-3 });
  assertTensorsKept(1, () => sumOfSquares(x));
});

Deno.test("sumOfSquares() on WASM of nothing is 0, whatever was in the memory before", () => {
  tf.dispose(Array.from({ length: 50 }, (_, i) => tf.square(tf.scalar(i + 7))));
  equal(sumOfSquares(tf.zeros([0])).dataSync()[0], 0);
});

Deno.test("startAfter() on WASM gives the tensor on", () => {
  deepEqual(startAfter(tf.scalar(1), tf.tensor([2, 3])).arraySync(), [2, 3]);
});
