import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { seededRandom } from "../../lib/core/random.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { type LlamaConfig, weightShapes } from "../../lib/model/config.ts";
import { modelOf } from "../../lib/model/load.ts";
import { decode } from "../../lib/generate/decode.ts";
import { packBatches } from "../../lib/tokens/pack.ts";
import { batchTensors } from "../../lib/train/loss.ts";
import { initialState, trainStep } from "../../lib/train/step.ts";
import { interleaved, type Speed } from "./interleaved.ts";

/** stories15M's shape. */
const CONFIG: LlamaConfig = {
  "model_type": "llama",
  "vocab_size": 32_000,
  "hidden_size": 288,
  "intermediate_size": 768,
  "num_hidden_layers": 6,
  "num_attention_heads": 6,
  "num_key_value_heads": 6,
  "head_dim": 48,
  "max_position_embeddings": 256,
  "rms_norm_eps": 1e-5,
  "rope_theta": 10_000,
  "tie_word_embeddings": true,
};

/**
 * Times the engine on a 15M-parameter LLaMA with random weights: a training step on 4 rows of 256
 * tokens, every token but the first a label, in tokens a second; and writing with a cache.
 *
 * @returns One table for each kind of work.
 */
export async function benchEngine(): Promise<Record<string, Speed[]>> {
  await openEngine();
  const model = modelOf("random", CONFIG, randomWeights());
  const training = await interleaved([
    trainer("tfjs, operation by operation", "eager"),
    trainer("compiled, float32", "float32"),
    trainer("compiled, bfloat16 products", "bfloat16"),
  ], 5);
  const writing = await interleaved(
    [1, 8, 32].map((rows) => ({
      name: `${rows} at a time`,
      run: () => write(rows),
    })),
    5,
  );
  model.dispose();
  return {
    "training step, tokens/s": training,
    "writing with a cache, tokens/s": writing,
  };

  function trainer(name: string, kind: "eager" | "float32" | "bfloat16") {
    const step = kind === "eager"
      ? trainStep(CONFIG, { compiled: false })
      : trainStep(CONFIG, { precision: kind });
    const batch = batchTensors(fullBatch());
    const state = initialState(model.weights);
    return {
      name,
      async run() {
        const [count, learningRate] = [tf.scalar(1), tf.scalar(1e-4)];
        const result = step(state, batch, { count, learningRate });
        await result.loss.data();
        tf.dispose([count, learningRate, result]);
        return 4 * 256;
      },
    };
  }

  async function write(rows: number): Promise<number> {
    const prompts = Array.from({ length: rows }, (_, i) => [1, 100 + i]);
    let tokens = 0;
    const events = decode(model, prompts, { endIds: [], maxNewTokens: 32 });
    for await (const { kind } of events) tokens += kind === "token" ? 1 : 0;
    return tokens;
  }
}

/** Four rows, each full of one task. */
function fullBatch() {
  const random = seededRandom(1);
  const tasks = Array.from({ length: 4 }, () => ({
    ids: Int32Array.from({ length: 256 }, () => Math.floor(random() * 32_000)),
    promptLength: 1,
  }));
  return packBatches(tasks, { rows: 4, width: 256, multiple: 1 })[0]!;
}

/** Weights drawn from a normal distribution; norms are ones. */
function randomWeights(): Record<string, Tensor> {
  return Object.fromEntries(
    [...weightShapes(CONFIG)].map(([name, shape], i) => [
      name,
      shape.length === 1
        ? tf.ones(shape)
        : tf.randomNormal(shape, 0, 0.02, "float32", i),
    ]),
  );
}
