import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { startAfter } from "../../lib/engine/start_after.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { NATIVE } from "./native.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

/** The values of a tensor, which may be bfloat16. */
function valuesOf(x: Tensor): unknown {
  return (isBfloat16(x) ? toFloat32(x) : x).arraySync();
}

Deno.test("startAfter() gives the tensor on where operations run at once", () => {
  const [first, x] = [tf.scalar(1), tf.tensor([2, 3])];
  deepEqual(startAfter(first, x).arraySync(), [2, 3]);
});

for (const jit of [false, true]) {
  nativeTest(
    `startAfter() with jit ${jit} changes no values, whatever the types and shapes`,
    () => {
      const run = compile(
        (first: Tensor, x: Tensor[]) =>
          x.map((x) => startAfter(tf.exp(first), x)),
        { jit },
      );
      const given = [
        tf.tensor([[1, 2], [3, 4]]),
        tf.tensor([7], [1], "int32"),
        tf.tensor([true, false]),
        toBfloat16(tf.tensor([1.5])),
      ];
      for (let call = 0; call < 2; call++) {
        const found = run(tf.zeros([3]), given);
        for (const [i, x] of found.entries()) {
          equal(x.dtype, given[i]!.dtype);
          deepEqual(valuesOf(x), valuesOf(given[i]!));
        }
        deepEqual(found.map(isBfloat16), [false, false, false, true]);
      }
    },
  );

  nativeTest(
    `startAfter() with jit ${jit} takes what is traced and what is not`,
    () => {
      const outside = tf.fill([2048], 3);
      const run = compile((x: Tensor) => [
        startAfter(outside, x),
        startAfter(x, outside),
        startAfter(x, x),
        startAfter(tf.scalar(1), tf.scalar(2)),
      ], { jit });
      const found = run(tf.fill([4], 5)).map((x) => x.dataSync()[0]);
      deepEqual(found, [5, 3, 5, 2]);
    },
  );
}

nativeTest(
  "startAfter() in a graph makes a tensor wait until the other is there",
  () => {
    const size = 512; // the product of 20 matrices takes its time
    const x = tf.fill([size, size], 0.01);
    const v = new Variable(tf.zeros([size, size]));
    // One variable from outside and as an argument: what happens to the one is not ordered against
    // the other.
    const run = compile((late: Variable, x: Tensor) => {
      let slow = x;
      for (let i = 0; i < 20; i++) slow = tf.tanh(tf.matMul(slow, x));
      v.assign(slow);
      late.assign(startAfter(v.read(), tf.mul(x, 2)));
      return slow;
    }, { jit: false });
    for (let call = 0; call < 3; call++) {
      run(v, x).dispose();
      equal(v.read().dataSync()[0], Math.fround(0.02));
    }
  },
);
