// A program: takes the name of a case, and "jit" or nothing, and prints how many megabytes it takes.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { adamUpdate } from "../../lib/engine/adam_update.ts";
import { toBfloat16 } from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { linearCrossEntropy } from "../../lib/engine/linear_cross_entropy.ts";
import { checkpoint } from "../../lib/engine/replay.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { forgetPeak, resident } from "./resident.ts";

const [name, mode] = Deno.args;
const jit = mode === "jit";

/** What each case is given, at a size from 0 to 1; what it then does is measured. */
const CASES: { [name: string]: (size: number) => () => unknown } = {
  read(size) {
    const v = new Variable(tf.fill([size * 2 ** 24], 1));
    return () => v.read();
  },
  half(size) {
    const x = tf.fill([size * 2 ** 25], 1);
    return () => toBfloat16(x);
  },
  adam: inPlace,
  plain: (size) => chain(size, (block) => block),
  checkpoint: (size) => chain(size, (block) => checkpoint(block)),
  whole: (size) => loss(size, 1),
  chunked: (size) => loss(size, 32),
};

/** Five updates of a weight of 67 MB, its moments likewise. */
function inPlace(size: number) {
  const elements = size * 2 ** 24;
  const make = () => {
    const value = tf.fill([elements], 0.5);
    const variable = new Variable(value);
    value.dispose(); // or the first update would go to a copy
    return variable;
  };
  const variables = { weight: make(), mean: make(), square: make() };
  const gradient = tf.fill([elements], 1);
  const run = compile((
    state: { weight: Variable; mean: Variable; square: Variable },
    gradient: Tensor,
    step: { count: Tensor; learningRate: Tensor },
  ) => {
    adamUpdate(state, gradient, {
      ...step,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
    });
    return null;
  }, { jit });
  const learningRate = tf.scalar(0.1);
  return () => {
    for (let i = 1; i <= 5; i++) {
      run(variables, gradient, { count: tf.scalar(i), learningRate });
    }
  };
}

type Block = (
  inputs: { x: Tensor; w: Tensor },
  constants: Record<string, never>,
) => Tensor;

/** The gradient of a chain of 30 blocks, each of which makes seven tensors of 4 MB. */
function chain(size: number, wrap: (block: Block) => Block) {
  const block = wrap(({ x, w }) => {
    let y = tf.matMul(x, w);
    for (let i = 0; i < 3; i++) y = tf.tanh(tf.mul(y, 1.5));
    return tf.add(x, y);
  });
  const weights = Array.from({ length: 30 }, () => tf.fill([128, 128], 0.01));
  const run = compile(
    (x: Tensor, weights: Tensor[]) =>
      tf.grads((x: Tensor, ...weights: Tensor[]) => {
        for (const w of weights) x = block({ x, w }, {});
        return tf.sum(x);
      })([x, ...weights]),
    { jit },
  );
  const x = tf.fill([size * 8192, 128], 0.5);
  return () => run(x, weights).map((slope) => slope.dataSync()[0]);
}

/** The gradient of a loss over 2,048 rows of 32,768 logits, which are 268 MB in float32. */
function loss(size: number, chunks: number) {
  const [M, V, D] = [2048, size * 32_768, 8];
  const rows = tf.fill([M, D], 0.5);
  const weight = tf.fill([V, D], 0.1);
  const labels = tf.fill([M], 7, "int32");
  const weights = tf.fill([M], 1);
  const logitsAtOnce = M * V / chunks;
  const run = compile(
    (rows: Tensor, weight: Tensor) =>
      tf.grads((rows: Tensor, weight: Tensor) =>
        linearCrossEntropy({ rows, weight, labels, weights }, { logitsAtOnce })
      )([rows, weight]),
    { jit },
  );
  return () => run(rows, weight).map((slope) => slope.dataSync()[0]);
}

const { [name!]: start } = CASES;
start!(2 ** -10)(); // what code takes is not counted
const run = start!(1);
forgetPeak();
const before = resident("VmRSS");
const kept = run();
const peak = resident("VmHWM") - before;
tf.dispose(kept as Tensor);
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(peak)));
