import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../lib/core/tensor.ts";
import { seededRandom } from "../lib/core/random.ts";
import { openEngine } from "../lib/engine/engine.ts";
import type { Piece } from "../lib/io/llama2c.ts";
import { type LlamaConfig, weightShapes } from "../lib/model/config.ts";
import { type Model, modelOf } from "../lib/model/load.ts";
import { tokenizerFromPieces } from "../lib/tokens/sentencepiece.ts";
import { loadTokenizer, type Tokenizer } from "../lib/tokens/tokenizer.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** A model with random weights, and a tokenizer that fits it. */
export interface Tiny extends AsyncDisposable {
  /** The model; its folder holds the tokenizer's files, and no weights. */
  readonly model: Model;
  /** Its tokenizer. */
  readonly tokenizer: Tokenizer;
  /** Frees the model and removes its folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Options for {@linkcode tinyModel}. */
export interface TinyOptions {
  /** Where the chance of the weights starts. @default {1} */
  seed?: number;
  /** Weights lie as far as this from their center: from 1 for norms, else from 0. @default {0.6} */
  spread?: number;
  /**
   * Whether the model writes letters and words alone, and ends about where it could as well have
   * written "the"; it then needs the tokenizer's vocabulary and an output layer of its own.
   *
   * @default {false}
   */
  endsAnswers?: boolean;
  /** Where the model says that it comes from. @default {"memory/tiny"} */
  folder?: string;
}

/**
 * Opens the best engine, makes a {@linkcode tinyModel} and its tokenizer, and gives both with a
 * temporary folder that goes away with them.
 */
export async function openTiny(
  change: Partial<LlamaConfig> = {},
  options: Omit<TinyOptions, "folder"> = {},
): Promise<Tiny> {
  await openEngine();
  const temporary = await temporaryFolder();
  const folder = temporary.path;
  const tokenizer = await tinyTokenizer(folder);
  const model = tinyModel(change, { ...options, folder });
  return {
    model,
    tokenizer,
    async [Symbol.asyncDispose]() {
      model.dispose();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

/** Makes a model with random weights, the same on every engine; one must be open. */
export function tinyModel(
  change: Partial<LlamaConfig> = {},
  options: TinyOptions = {},
): Model {
  const { seed = 1, spread = 0.6, endsAnswers = false } = options;
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
    if (endsAnswers && name === "lm_head.weight") letItEnd(values, shape[1]!);
    weights[name] = tf.tensor(values, shape);
  }
  return modelOf(options.folder ?? "memory/tiny", config, weights);
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

/** Writes a tokenizer of {@linkcode TINY_PIECES} into a folder, and opens it. */
export async function tinyTokenizer(folder: string): Promise<Tokenizer> {
  const files = {
    "tokenizer.json": tokenizerFromPieces(TINY_PIECES),
    "tokenizer_config.json": {
      "bos_token": "<s>",
      "eos_token": { content: "</s>" }, // an object, as some checkpoints have it
      "unk_token": "<unk>",
      "add_bos_token": true,
    },
  };
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(content));
  }
  return await loadTokenizer(folder);
}

const SPECIAL = ["<unk>", "<s>", "</s>"];
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);
/** Several of them overlap, so that the order in which they merge counts. */
const WORDS = [
  ...["he", " t", "in", " a", "er", " the", "an", "ing", " s", "and"],
  ...["the", "##", "###"],
];
const LETTERS = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,#:\n";

/** The pieces of the tiny tokenizer: special tokens, bytes, words and letters, the best first. */
export const TINY_PIECES: readonly Piece[] = [
  ...SPECIAL,
  ...BYTES,
  ...WORDS,
  ...LETTERS,
].map((text, i) => ({ text, score: -i }));

/** Changes an output layer so that it writes text alone, and `</s>` about as often as "the". */
function letItEnd(rows: Float32Array, width: number): void {
  const row = (id: number) => rows.subarray(id * width, (id + 1) * width);
  const end = row(SPECIAL.indexOf("</s>"));
  const the = row(TINY_PIECES.findIndex(({ text }) => text === "the"));
  const noise = end.slice();
  rows.fill(0, 0, (SPECIAL.length + BYTES.length) * width);
  end.set(the.map((value, i) => value + END_NOISE * noise[i]!));
}

const END_NOISE = 0.5;
