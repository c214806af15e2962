import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { linearRows } from "../../lib/engine/matmul.ts";
import { withPrecision } from "../../lib/engine/precision.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";

const ignore = !NATIVE;
const FINE = 1 + 2 ** -9; // between two bfloat16 numbers, 1 and 1 + 2⁻⁷
const x = tf.tensor([[1, -2, 3], [0.5, 4, -1]]);
const w = tf.tensor([[0.5, 0.25, -1], [2, -0.5, 1], [1, 1, 1], [0, 3, 0]]);

Deno.test("linearRows() multiplies by the transposed weight", () => {
  deepEqual(linearRows(x, w).arraySync(), [[-3, 6, 2, -6], [
    2.25,
    -2,
    3.5,
    12,
  ]]);
});

Deno.test("linearRows() has the gradients that central differences have", () => {
  assertGradient((at) => tf.square(linearRows(at, w)), x);
  assertGradient((at) => tf.square(linearRows(x, at)), w);
});

Deno.test("linearRows() is exact to float32 unless told otherwise", () => {
  const one = tf.tensor([[1]]);
  equal(linearRows(tf.tensor([[FINE]]), one).dataSync()[0], FINE);
});

Deno.test({
  name: "linearRows() in bfloat16 rounds the factors, and sums in float32",
  ignore,
  fn() {
    const one = tf.tensor([[1]]);
    const rounded = (): Tensor =>
      withPrecision("bfloat16", () => linearRows(tf.tensor([[FINE]]), one));
    equal(rounded().dataSync()[0], 1);
    equal(rounded().dtype, "float32");
    const run = compile(linearRows, { precision: "bfloat16" });
    equal(run(tf.tensor([[FINE]]), one).dataSync()[0], 1);
    equal(run(tf.tensor([[FINE]]), one).dataSync()[0], 1);
    equal(linearRows(tf.tensor([[FINE]]), one).dataSync()[0], FINE);
  },
});

Deno.test({
  name:
    "linearRows() in bfloat16 has the gradients of float32 for factors that need no rounding",
  ignore,
  fn() {
    const dy = tf.ones([2, 4]);
    const slopes = () =>
      tf.grads((x: Tensor, w: Tensor) => linearRows(x, w))(
        [x, w],
        dy,
      );
    const [dx, dw] = slopes();
    const [roundX, roundW] = withPrecision("bfloat16", slopes);
    assertClose(roundX!, dx!, { tolerance: 0 });
    assertClose(roundW!, dw!, { tolerance: 0 });
    assertTensorsKept(2, () => withPrecision("bfloat16", slopes).length);
  },
});
