import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { assertTensorsKept } from "../leak.ts";

await openEngine({ engine: "wasm" });

/** The values of a variable. */
function valuesOf(variable: Variable): unknown {
  return tf.tidy(() => variable.read().arraySync());
}

Deno.test("a variable on WASM gives what it was made of, and then what it was assigned", () => {
  equal(tf.getBackend(), "wasm");
  const [first, second] = [tf.tensor([[1, 2]]), tf.tensor([[3, 4]])];
  const v = new Variable(first);
  first.dispose();
  deepEqual([v.shape, v.size, valuesOf(v)], [[1, 2], 2, [[1, 2]]]);
  v.assign(second);
  second.dispose();
  deepEqual(valuesOf(v), [[3, 4]]);
});

Deno.test("a tensor that was read on WASM stays as it was", () => {
  const v = new Variable(tf.tensor([1, 2]));
  const first = v.read();
  v.assign(tf.add(first, 10));
  const second = v.read();
  v.assign(tf.mul(second, 2));
  deepEqual(valuesOf(v), [22, 24]);
  v.dispose();
  deepEqual([first, second].map((x) => x.arraySync()), [[1, 2], [11, 12]]);
});

Deno.test("a variable on WASM may be assigned what was read of it, in tidy code and in a gradient", () => {
  const v = new Variable(tf.tensor([1, 2]));
  tf.tidy(() => {
    v.assign(v.read());
    const slope = tf.grad((x: Tensor) => tf.sum(tf.pow(x, 3)))(v.read());
    v.assign(tf.add(v.read(), slope));
  });
  deepEqual(valuesOf(v), [4, 14]);
  v.dispose();
});

Deno.test("a function on WASM reads and updates variables in trees and from outside", () => {
  const [own, given] = [1, 10].map((x) => new Variable(tf.fill([2], x)));
  const run = compile((state: { deep: Variable[] }, x: Tensor) => {
    const [v] = state.deep;
    v!.assign(tf.add(v!.read(), x));
    own!.assign(tf.add(own!.read(), v!.read()));
    return own!.read();
  });
  deepEqual(run({ deep: [given!] }, tf.tensor([1, 2])).arraySync(), [12, 13]);
  deepEqual(run({ deep: [given!] }, tf.tensor([1, 2])).arraySync(), [24, 27]);
  deepEqual([own!, given!].map(valuesOf), [[24, 27], [12, 14]]);
});

Deno.test("a variable on WASM may be disposed twice, and cannot be used afterwards", () => {
  const v = new Variable(tf.tensor([1, 2]));
  v.dispose();
  v.dispose();
  const disposed = {
    name: "TypeError",
    message:
      "Cannot use a variable of shape [2] as it must be alive: it was disposed",
  };
  throws(() => v.read(), disposed);
  const value = tf.tensor([3, 4]);
  assertTensorsKept(0, () => throws(() => v.assign(value), disposed));
});

Deno.test("a variable on WASM refuses values of another shape or type, and keeps its own", () => {
  throws(() => new Variable(tf.tensor([1], [1], "int32")), {
    name: "TypeError",
    message:
      "Cannot make a variable as its values must be float32: current type is int32",
  });
  const v = new Variable(tf.tensor([[1, 2]]));
  throws(() => v.assign(tf.tensor([3, 4])), {
    name: "RangeError",
    message:
      "Cannot assign to a variable as its shape is [1,2]: current value has [2]",
  });
  throws(() => v.assign(tf.tensor([[3, 4]], [1, 2], "int32")), /float/);
  deepEqual(valuesOf(v), [[1, 2]]);
});

Deno.test("a variable on WASM cannot be changed by an operation of TensorFlow's", () => {
  const v = new Variable(tf.tensor([1, 2]));
  throws(() => v.update("AssignAddVariableOp", [], [tf.tensor([1, 1])]), {
    name: "TypeError",
    message: "Cannot use a variable of shape [2] as it must be TensorFlow's",
  });
  deepEqual(valuesOf(v), [1, 2]);
});

Deno.test("a variable on WASM leaves no tensor behind", () => {
  const [first, second] = [tf.zeros([2]), tf.ones([2])];
  assertTensorsKept(0, () => {
    const v = new Variable(first);
    for (let i = 0; i < 3; i++) v.assign(second);
    v.read().dispose();
    v.dispose();
  });
});

Deno.test("memory on WASM does not grow over 1,000 updates of a variable of 1 MB", () => {
  const v = new Variable(tf.zeros([2 ** 18]));
  const one = tf.scalar(1);
  const step = compile((v: Variable, x: Tensor) => {
    v.assign(tf.add(v.read(), x));
    return v.read();
  });
  const { wasm } = tf.backend() as unknown as {
    wasm: { HEAPU8: Uint8Array };
  };
  step(v, one).dispose();
  const before = { size: wasm.HEAPU8.byteLength, ...tf.memory() };
  for (let i = 0; i < 1000; i++) step(v, one).dispose();
  equal(tf.memory().numBytes, before.numBytes);
  const grown = (wasm.HEAPU8.byteLength - before.size) / 1e6;
  ok(grown < 100, `grew by ${grown} MB`);
  equal(v.read().dataSync()[0], 1001);
});
