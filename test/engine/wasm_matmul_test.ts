import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { wasmBudget } from "../../lib/engine/wasm_backend.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { freePieces } from "./free_pieces.ts";

await openEngine({ engine: "wasm" });

const TURNS = [[false, false], [false, true], [true, false], [true, true]];

/** Leading axes of two factors. */
const LEADS: [number[], number[]][] = [
  [[], []],
  [[3], [3]],
  [[2, 3], [2, 3]],
  [[3], []],
  [[], [3]],
  [[3], [1]],
  [[2, 1], [3]],
  [[2, 3], [1, 1]],
];

/** Rows, inner size and columns: for the slow way of the module, on its border, and for the fast one. */
const SIZES = [[1, 7, 5], [4, 60, 50], [5, 40, 40], [5, 40, 41], [33, 65, 17]];

for (const [leadA, leadB] of LEADS) {
  Deno.test(`matMul() on WASM multiplies [${leadA}] by [${leadB}] matrices`, () => {
    for (const [M, K, N] of SIZES as [number, number, number][]) {
      for (const [turnA, turnB] of TURNS as [boolean, boolean][]) {
        const a = tf.randomNormal([...leadA, ...(turnA ? [K, M] : [M, K])]);
        const b = tf.randomNormal([...leadB, ...(turnB ? [N, K] : [K, N])]);
        const product = () => tf.matMul(a, b, turnA, turnB);
        const name = `[${a.shape}] by [${b.shape}], ${turnA}, ${turnB}`;
        const expected = sumOfProducts(
          turnA ? swapped(a) : a,
          turnB ? swapped(b) : b,
        );
        assertClose(product(), expected, { tolerance: 1e-4, name });
        assertTensorsKept(1, product);
      }
    }
  });
}

Deno.test("matMul() on WASM gives zeros where there is nothing to add up", () => {
  tf.fill([64, 64], 7).dispose(); // memory that is not zero
  const product = tf.matMul(tf.zeros([64, 0]), tf.zeros([0, 64]));
  deepEqual(product.arraySync(), tf.zeros([64, 64]).arraySync());
  equal(tf.matMul(tf.zeros([0, 8]), tf.zeros([8, 3])).size, 0);
});

Deno.test("matMul() on WASM refuses factors that do not go together", () => {
  const [a, b] = [tf.zeros([2, 8, 9]), tf.zeros([2, 8, 9])];
  throws(() => tf.matMul(a, b), {
    name: "RangeError",
    message:
      "Cannot multiply [2,8,9] by [2,8,9] as the columns of one must be as many as the rows of the other: current numbers are 9 and 8",
  });
  const whole = tf.zeros([8, 9], "int32");
  throws(() => tf.matMul(whole, whole, true), {
    name: "TypeError",
    message:
      "Cannot multiply matrices on WASM as they must be float32: current type is int32",
  });
});

Deno.test("matMul() on WASM keeps no packed copy of a factor that lives on", () => {
  const [a, b] = [tf.ones([8, 1024]), tf.ones([1024, 4096])]; // b has 16 MiB
  tf.matMul(a, b).dispose();
  const before = freePieces();
  const product = tf.matMul(a, b);
  equal(freePieces(), before);
  tf.dispose([a, b, product]);
});

Deno.test("matMul() on WASM counts the copy that it packs while it lasts", () => {
  const [a, b] = [tf.ones([8, 100]), tf.ones([100, 100])];
  const { limit, held } = wasmBudget;
  wasmBudget.limit = held + 4 * 800 + 39_999; // one byte less than the product and the copy take
  try {
    throws(() => tf.matMul(a, b), {
      name: "RangeError",
      message: /\[8,100\] as WASM memory must stay under/,
    });
    wasmBudget.limit++;
    tf.matMul(a, b).dispose();
  } finally {
    wasmBudget.limit = limit;
  }
  equal(wasmBudget.held, held);
  tf.dispose([a, b]);
});

/** The product of matrices without a matrix product. */
function sumOfProducts(a: Tensor, b: Tensor): Tensor {
  const left = tf.expandDims(a, -1); // [..., M, K, 1]
  const right = tf.expandDims(b, -3); // [..., 1, K, N]
  return tf.sum(tf.mul(left, right), -2);
}

/** A tensor with its last two axes exchanged. */
function swapped(x: Tensor): Tensor {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  const [rows, columns] = axes.splice(-2);
  return tf.transpose<Tensor>(x, [...axes, columns!, rows!]);
}
