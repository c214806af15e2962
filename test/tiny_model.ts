import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import type { Tensor } from "../lib/core/tensor.ts";
import { openEngine } from "../lib/engine/engine.ts";
import {
  type LlamaConfig,
  parseConfig,
  weightShapes,
} from "../lib/model/config.ts";
import { type Model, modelOf } from "../lib/model/load.ts";
import { tokenizerFromPieces } from "../lib/tokens/sentencepiece.ts";
import { loadTokenizer, type Tokenizer } from "../lib/tokens/tokenizer.ts";

/** A model with random weights, and a tokenizer of bytes, letters and some words. */
export interface TinyModel extends AsyncDisposable {
  /** The model; its folder holds the tokenizer's files, and no weights. */
  model: Model;
  /** Its tokenizer. */
  tokenizer: Tokenizer;
}

/** Makes a model of two layers; the numbers of its configuration can be others. */
export async function tinyModel(
  changes: Partial<LlamaConfig> = {},
): Promise<TinyModel> {
  await openEngine();
  const folder = await Deno.makeTempDir({ prefix: "tiny-" });
  const pieces = tinyPieces();
  await write(folder, "tokenizer.json", tokenizerFromPieces(pieces));
  await write(folder, "tokenizer_config.json", {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "add_bos_token": true,
  });
  const config = parseConfig({
    "model_type": "llama",
    "vocab_size": pieces.length,
    "hidden_size": 32,
    "intermediate_size": 48, // no multiple of 32
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": false,
    ...changes,
  }, folder);
  const model = modelOf(folder, config, randomWeights(config));
  return {
    model,
    tokenizer: await loadTokenizer(folder),
    async [Symbol.asyncDispose]() {
      model.dispose();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Three special pieces, all bytes, letters, and what merges make of them, the best first. */
export function tinyPieces(): { text: string; score: number }[] {
  const bytes = Array.from(
    { length: 256 },
    (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`,
  );
  const words = [
    "he",
    " t",
    "in",
    " a",
    "er",
    " the",
    "an",
    "ing",
    " s",
    "and",
  ];
  const letters = [...` abcdefghijklmnopqrstuvwxyz.,#:`];
  return [
    ...["<unk>", "<s>", "</s>"].map((text) => ({ text, score: 0 })),
    ...bytes.map((text) => ({ text, score: 0 })),
    ...[...words, ...letters].map((text, i) => ({ text, score: -i })),
  ];
}

function randomWeights(config: LlamaConfig): Record<string, Tensor> {
  let seed = 1;
  return Object.fromEntries(
    [...weightShapes(config)].map(([name, shape]) => [
      name,
      tf.tidy(() => {
        const noise = tf.randomNormal(shape, 0, 0.3, "float32", seed++);
        return shape.length === 1 ? tf.add(noise, 1) : noise;
      }),
    ]),
  );
}

async function write(
  folder: string,
  name: string,
  value: unknown,
): Promise<void> {
  await Deno.writeTextFile(join(folder, name), JSON.stringify(value));
}
