import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../lib/core/tensor.ts";
import { seededRandom } from "../lib/core/random.ts";
import { type LlamaConfig, weightShapes } from "../lib/model/config.ts";
import { type Model, modelOf } from "../lib/model/load.ts";
import { tokenizerFromPieces } from "../lib/tokens/sentencepiece.ts";
import { loadTokenizer, type Tokenizer } from "../lib/tokens/tokenizer.ts";

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, "0");

/** The pieces of the tiny tokenizer: special tokens, bytes, letters and a few words. */
export const TINY_PIECES: readonly string[] = [
  ...["<unk>", "<s>", "</s>"],
  ...Array.from({ length: 256 }, (_, byte) => `<0x${hex(byte)}>`),
  ..." abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,#:\n",
  ...["th", "the", " the", "er", "in", " a", "##", "###"],
];

/** Writes a tokenizer of bytes, letters and a few words into a folder, and opens it. */
export async function tinyTokenizer(folder: string): Promise<Tokenizer> {
  const json = tokenizerFromPieces(
    TINY_PIECES.map((text, i) => ({ text, score: -i })),
  );
  const config = { "bos_token": "<s>", "eos_token": { content: "</s>" } };
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(json));
  await Deno.writeTextFile(
    `${folder}/tokenizer_config.json`,
    JSON.stringify(config),
  );
  return await loadTokenizer(folder);
}

/** The shape of a small LLaMA with two query heads to a key-value head. */
export function tinyConfig(change: Partial<LlamaConfig> = {}): LlamaConfig {
  return {
    "model_type": "llama",
    "vocab_size": TINY_PIECES.length,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10_000,
    "tie_word_embeddings": false,
    ...change,
  };
}

/** Makes a model with random weights from `-spread` to `spread`; an engine must be open. */
export function tinyModel(
  change: Partial<LlamaConfig> = {},
  { seed = 1, spread = 0.6 } = {},
): Model {
  const config = tinyConfig(change);
  const random = seededRandom(seed);
  const weights: Record<string, Tensor> = {};
  for (const [name, shape] of weightShapes(config)) {
    const size = shape.reduce((product, length) => product * length);
    const center = shape.length === 1 ? 1 : 0; // of a norm, and of a matrix
    const values = Float32Array.from(
      { length: size },
      () => center + spread * (2 * random() - 1),
    );
    weights[name] = tf.tensor(values, shape);
  }
  return modelOf("memory/tiny", config, weights);
}

/** Runs an action with a new folder, which is removed in the end. */
export async function withFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
