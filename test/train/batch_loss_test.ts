import * as tf from "@tensorflow/tfjs";
import { equal } from "node:assert/strict";
import { seededRandom } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { packBatches } from "../../lib/tokens/pack.ts";
import {
  batchLoss,
  type BatchTensors,
  batchTensors,
  labelLosses,
} from "../../lib/train/loss.ts";
import { assertClose } from "../close.ts";
import { NATIVE } from "../engine/native.ts";
import { assertTensorsKept } from "../leak.ts";
import { tinyModel } from "../tiny.ts";

const V = 11;
const MODELS = {
  "a model": tinyModel({ "vocab_size": V }),
  "a model whose embedding is its output layer": tinyModel({
    "vocab_size": V,
    "tie_word_embeddings": true,
  }),
};

/** Tasks that share rows, one row that is empty, and labels that are filled up. */
function givenBatch(): BatchTensors {
  const random = seededRandom(5);
  const tasks = Array.from({ length: 5 }, () => ({
    ids: Int32Array.from(
      { length: 3 + Math.floor(random() * 6) },
      () => Math.floor(random() * V),
    ),
    promptLength: 1,
  }));
  const [batch] = packBatches(tasks, { width: 12, rows: 6, multiple: 64 });
  return batchTensors(batch!);
}

type Weights = { [name: string]: Tensor };
type Loss = (weights: Weights, batch: BatchTensors) => Tensor;

/** A loss, and its gradients by every weight. */
function sloped(
  loss: Loss,
): (weights: Weights, batch: BatchTensors) => Tensor[] {
  return (weights, batch) => {
    const names = Object.keys(weights);
    const { value, grads } = tf.valueAndGrads((...values: Tensor[]) => {
      const given = names.map((name, i) => [name, values[i]!] as const);
      return loss(Object.fromEntries(given), batch) as tf.Scalar;
    })(names.map((name) => weights[name]!));
    return [value, ...grads];
  };
}

for (const [name, { weights, config }] of Object.entries(MODELS)) {
  const mean: Loss = (weights, batch) =>
    tf.div(
      tf.sum(labelLosses(weights, config, batch)),
      tf.sum(batch.weights),
    );

  for (const checkpointing of [false, true]) {
    const loss: Loss = (weights, batch) =>
      batchLoss(weights, config, batch, { checkpointing });
    const runs = {
      "operation by operation": sloped(loss),
      "compiled": compile(sloped(loss), { jit: false }),
      "compiled by XLA": compile(sloped(loss), { jit: true }),
    };
    for (const [how, run] of Object.entries(runs)) {
      Deno.test(`batchLoss() of ${name} ${how}, checkpointing ${checkpointing}, is the mean of labelLosses(), gradients included`, () => {
        const batch = givenBatch();
        const expected = sloped(mean)(weights, batch);
        const names = ["the loss", ...Object.keys(weights)];
        const found = run(weights, batch);
        equal(found.length, names.length);
        for (const [i, slope] of found.entries()) {
          assertClose(slope, expected[i]!, {
            tolerance: 1e-5,
            name: names[i]!,
          });
        }
      });
    }
  }

  Deno.test({
    name: `batchLoss() of ${name} in bfloat16 is near to that of float32`,
    ignore: !NATIVE,
    fn() {
      const batch = givenBatch();
      const loss: Loss = (weights, batch) => batchLoss(weights, config, batch);
      const run = compile(sloped(loss), { precision: "bfloat16" });
      const [found, ...slopes] = run(weights, batch);
      const [expected, ...others] = sloped(mean)(weights, batch);
      assertClose(found!, expected!, { tolerance: 2e-2 });
      for (const [i, slope] of slopes.entries()) {
        const gap = tf.norm(tf.sub(slope, others[i]!));
        const share = tf.div(gap, tf.norm(others[i]!));
        assertClose(share, tf.scalar(0), { tolerance: 5e-2 });
      }
    },
  });
}

Deno.test("batchLoss() leaves one tensor", () => {
  const { weights, config } = MODELS["a model"];
  const batch = givenBatch();
  assertTensorsKept(1, () => tf.tidy(() => batchLoss(weights, config, batch)));
});
