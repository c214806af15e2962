import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { type LlamaConfig, weightShapes } from "../../lib/model/config.ts";
import { type Model, modelOf } from "../../lib/model/load.ts";
import { tokenizerFromPieces } from "../../lib/tokens/sentencepiece.ts";
import { loadTokenizer, type Tokenizer } from "../../lib/tokens/tokenizer.ts";

/** A model with random weights, and a tokenizer that fits it. */
export interface Tiny {
  /** The model. */
  model: Model;
  /** The tokenizer. */
  tokenizer: Tokenizer;
}

/** Makes a random LLaMA that ends some of its answers, and a tokenizer of bytes and letters. */
export async function tiny({ positions = 512 } = {}): Promise<Tiny> {
  await openEngine();
  const tokenizer = await tinyTokenizer();
  const config: LlamaConfig = {
    "model_type": "llama",
    "vocab_size": tokenizer.vocabSize,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "max_position_embeddings": positions,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10_000,
    "tie_word_embeddings": false,
  };
  const weights: Record<string, Tensor> = {};
  for (const [name, shape] of weightShapes(config)) {
    weights[name] = tf.randomNormal(shape, 0, 1, "float32", shape.length + 5);
  }
  shapeOutput(weights, tokenizer);
  return { model: modelOf("memory", config, weights), tokenizer };
}

/** Lets the model write letters only, and end where it could as well have written "the". */
function shapeOutput(
  weights: Record<string, Tensor>,
  { eosId, id }: Tokenizer,
): void {
  const plain = weights["lm_head.weight"]!;
  const rows = plain.arraySync() as number[][];
  for (const row of rows.slice(0, FIRST_LETTER)) row.fill(0);
  const end = (plain.arraySync() as number[][])[eosId]!;
  rows[eosId] = rows[id("the")!]!.map((x, i) => x + END_NOISE * end[i]!);
  weights["lm_head.weight"] = tf.tensor(rows);
  plain.dispose();
}

const FIRST_LETTER = 3 + 256; // after the special tokens and the bytes
const END_NOISE = 0.5;

async function tinyTokenizer(): Promise<Tokenizer> {
  const folder = await Deno.makeTempDir();
  const hex = (byte: number) =>
    byte.toString(16).toUpperCase().padStart(2, "0");
  const texts = [
    ..."123", // <unk>, <s> and </s>, whatever their text
    ...Array.from({ length: 256 }, (_, byte) => `<0x${hex(byte)}>`),
    ..." abcdefghijklmnopqrstuvwxyz.,#:ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "th",
    "the",
    " the",
    "in",
    "st",
  ];
  const pieces = texts.map((text, i) => ({ text, score: -i }));
  const json = tokenizerFromPieces(pieces);
  await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(json));
  await Deno.writeTextFile(
    `${folder}/tokenizer_config.json`,
    JSON.stringify({ "bos_token": "<s>", "eos_token": "</s>" }),
  );
  const tokenizer = await loadTokenizer(folder);
  await Deno.remove(folder, { recursive: true });
  return tokenizer;
}
