import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { isTaped, withOwnTape } from "../../lib/engine/tape.ts";
import { assertTensorsKept } from "../leak.ts";
import "./native.ts";

Deno.test("compile() inside of a gradient has one, also beside another path", () => {
  for (const jit of [false, true]) {
    const square = compile((x: Tensor) => tf.square(x), { jit });
    const slope = tf.grad((x: Tensor) => tf.add(x, square(x)));
    deepEqual([...slope(tf.tensor([1, 3])).dataSync()], [3, 7]); // 1 + 2x
    const inside = compile((x: Tensor) => slope(x));
    deepEqual([...inside(tf.tensor([1, 3])).dataSync()], [3, 7]);
  }
});

Deno.test("isTaped() tells gradients, and not what runs inside of a kernel", () => {
  const seen: boolean[] = [];
  const noted = tf.customGrad((x, save) => {
    (save as unknown as tf.GradSaveFunc)([]);
    seen.push(isTaped());
    return { value: tf.square(x as Tensor), gradFunc: (dy: Tensor) => dy };
  });
  equal(isTaped(), false);
  tf.grad((x: Tensor) => {
    seen.push(isTaped());
    return noted(x);
  })(tf.scalar(1));
  deepEqual(seen, [true, false]);
});

Deno.test("withOwnTape() keeps no tensor of a gradient that throws, and the outer one goes on", () => {
  const x = tf.tensor([1, 2]);
  const broken = () =>
    withOwnTape(() =>
      tf.grad((x: Tensor): Tensor => {
        throw new Error(`after ${tf.exp(tf.square(x)).rank}`);
      })(x)
    );
  assertTensorsKept(0, () => throws(broken, /^Error: after 1$/));
  const slope = tf.grad((x: Tensor) => tf.mul(tf.square(x), x));
  deepEqual([...slope(x).dataSync()], [3, 12]);
});
