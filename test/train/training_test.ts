import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { batchTensors } from "../../lib/train/loss.ts";
import {
  disposeState,
  initialState,
  readWeights,
  trainStep,
} from "../../lib/train/step.ts";
import { packBatches } from "../../lib/tokens/pack.ts";
import { assertClose } from "../close.ts";
import { NATIVE } from "../engine/native.ts";
import { tinyModel } from "../tiny.ts";
import {
  assertGoldenGradients,
  assertGoldenTraining,
  type How,
  WRITER,
} from "./golden_training.ts";

const TASK = { ids: Int32Array.of(1, 5, 6, 2), promptLength: 2 };
const [batch] = packBatches([TASK], { width: 6, rows: 1, multiple: 2 });

const WAYS: Record<string, How> = { // training_wasm_test.ts asks the same of WASM
  "operation by operation": { compiled: false },
  "compiled": {},
  "compiled by XLA": { jit: true },
  "operation by operation, with checkpointing": {
    compiled: false,
    checkpointing: true,
  },
  "compiled, with checkpointing": { checkpointing: true },
  "compiled by XLA, with checkpointing": { jit: true, checkpointing: true },
};

for (const [name, how] of Object.entries(WAYS)) {
  Deno.test({
    name: `trainStep() ${name} takes the twenty steps of ${WRITER}`,
    ignore: !NATIVE,
    fn: () => assertGoldenTraining(how),
  });
  Deno.test({
    name: `batchLoss() ${name} has the gradients of ${WRITER}`,
    ignore: !NATIVE,
    fn: () => assertGoldenGradients(how),
  });
}

/** A tiny model in training, and what a first step takes. */
function started() {
  const model = tinyModel({ "vocab_size": 11 });
  const state = initialState(model.weights);
  const inputs = batchTensors(batch!);
  const at = { count: tf.scalar(1), learningRate: tf.scalar(0.1) };
  return {
    model,
    state,
    inputs,
    at,
    dispose() {
      disposeState(state);
      tf.dispose([inputs, at]);
      model.dispose();
    },
  };
}

Deno.test("trainStep() changes the state in place, leaves all else alone, and keeps two numbers", () => {
  const { model, state, inputs, at, dispose } = started();
  const values = () => Object.values(model.weights).map((w) => w.arraySync());
  const before = values();
  const kept = tf.memory().numTensors;
  const result = trainStep(model.config)(state, inputs, at);
  equal(tf.memory().numTensors, kept + 2);
  deepEqual(values(), before);
  for (const [name, weight] of Object.entries(readWeights(state))) {
    notDeepEqual(weight.arraySync(), model.weights[name]!.arraySync(), name);
    weight.dispose();
  }
  tf.dispose(result);
  dispose();
});

Deno.test("trainStep() keeps weight decay from norms", () => {
  const [plain, decayed] = [0, 0.5].map((weightDecay) => {
    const run = started();
    const { model, state, inputs, at } = run;
    tf.dispose(trainStep(model.config, { weightDecay })(state, inputs, at));
    return { ...run, weights: readWeights(state) };
  });
  for (const [name, weight] of Object.entries(plain!.weights)) {
    const lost = weight.rank > 1 ? 0.05 : 0; // rate times decay
    assertClose(
      decayed!.weights[name]!,
      tf.sub(weight, tf.mul(plain!.model.weights[name]!, lost)),
      { tolerance: 1e-6, name },
    );
  }
  for (const { weights, dispose } of [plain!, decayed!]) {
    tf.dispose(weights);
    dispose();
  }
});

Deno.test("trainStep() shortens a gradient that is longer than clip, and reports its full length", () => {
  const [short, free] = [0.01, 1e6].map((clip) => {
    const run = started();
    const { model, state, inputs, at } = run;
    const { gradientNorm } = trainStep(model.config, { clip })(
      state,
      inputs,
      at,
    );
    return { ...run, gradientNorm };
  });
  assertClose(short!.gradientNorm, free!.gradientNorm, { tolerance: 1e-5 });
  const length = free!.gradientNorm.dataSync()[0]!;
  for (const [name, mean] of Object.entries(free!.state.means)) {
    const expected = tf.mul(mean.read(), 0.01 / length);
    const actual = short!.state.means[name]!.read();
    assertClose(actual, expected, { tolerance: 1e-6, name });
  }
  for (const { gradientNorm, dispose } of [short!, free!]) {
    gradientNorm.dispose();
    dispose();
  }
});

Deno.test("trainStep() goes on from numbers that are none without a crash, and tells them", () => {
  const { model, state, inputs, at, dispose } = started();
  const rate = tf.scalar(NaN);
  const step = trainStep(model.config);
  tf.dispose(step(state, inputs, { ...at, learningRate: rate }));
  const { loss, gradientNorm } = step(state, inputs, at);
  ok(Number.isNaN(loss.dataSync()[0]!));
  ok(Number.isNaN(gradientNorm.dataSync()[0]!));
  tf.dispose([loss, gradientNorm, rate]);
  dispose();
});
