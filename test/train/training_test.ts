import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import { batchTensors } from "../../lib/train/loss.ts";
import { initialState, trainStep } from "../../lib/train/step.ts";
import { packBatches } from "../../lib/tokens/pack.ts";
import { assertClose } from "../close.ts";
import { NATIVE } from "../engine/native.ts";
import { tinyModel } from "../tiny.ts";
import { assertGoldenTraining, WRITER } from "./golden_training.ts";

const TASK = { ids: Int32Array.of(1, 5, 6, 2), promptLength: 2 };
const [batch] = packBatches([TASK], { width: 6, rows: 1, multiple: 2 });

Deno.test({
  name: `trainStep() compiled takes the ten steps of ${WRITER}`,
  ignore: !NATIVE, // training_wasm_test.ts asks the same of WASM
  fn: () => assertGoldenTraining(),
});

Deno.test({
  name: `trainStep() operation by operation takes the ten steps of ${WRITER}`,
  ignore: !NATIVE,
  fn: () => assertGoldenTraining({ compiled: false }),
});

Deno.test("trainStep() leaves its arguments alone", () => {
  const model = tinyModel({ "vocab_size": 11 });
  const before = Object.values(model.weights).map((w) => w.arraySync());
  const state = initialState(model.weights);
  const [inputs, count, learningRate] = [
    batchTensors(batch!),
    tf.scalar(1),
    tf.scalar(0.1),
  ];
  const kept = tf.memory().numTensors;
  const result = trainStep(model.config)(state, inputs, {
    count,
    learningRate,
  });
  const weights = Object.keys(model.weights).length;
  equal(tf.memory().numTensors, kept + 3 * weights + 2);
  tf.dispose({ ...result });
  const after = Object.values(state.weights).map((w) => w.arraySync());
  deepEqual(after, before);
  tf.dispose([state, inputs, count, learningRate]);
  deepEqual(Object.values(model.weights).map((w) => w.arraySync()), before);
  model.dispose();
});

Deno.test("trainStep() keeps weight decay from norms", () => {
  const model = tinyModel({ "vocab_size": 11 });
  const state = initialState(model.weights);
  const inputs = batchTensors(batch!);
  const rate = { count: tf.scalar(1), learningRate: tf.scalar(0.1) };
  const plain = trainStep(model.config)(state, inputs, rate);
  const decayed = trainStep(model.config, { weightDecay: 0.5 })(
    state,
    inputs,
    rate,
  );
  for (const [name, weight] of Object.entries(plain.state.weights)) {
    const lost = weight.rank > 1 ? 0.05 : 0; // rate times decay
    assertClose(
      decayed.state.weights[name]!,
      tf.sub(weight, tf.mul(model.weights[name]!, lost)),
      { tolerance: 1e-6, name },
    );
  }
  tf.dispose([state, inputs, rate, { ...plain }, { ...decayed }]);
  model.dispose();
});

Deno.test("trainStep() shortens a gradient that is longer than clip, and reports its full length", () => {
  const model = tinyModel({ "vocab_size": 11 });
  const state = initialState(model.weights);
  const inputs = batchTensors(batch!);
  const rate = { count: tf.scalar(1), learningRate: tf.scalar(0.1) };
  const run = (clip: number) =>
    trainStep(model.config, { clip })(state, inputs, rate);
  const [short, free] = [run(0.01), run(1e6)];
  assertClose(short.gradientNorm, free.gradientNorm, { tolerance: 1e-5 });
  const length = free.gradientNorm.dataSync()[0]!;
  for (const [name, mean] of Object.entries(free.state.means)) {
    const expected = tf.mul(mean, 0.01 / length);
    assertClose(short.state.means[name]!, expected, { tolerance: 1e-6, name });
  }
  tf.dispose([state, inputs, rate, { ...short }, { ...free }]);
  model.dispose();
});
