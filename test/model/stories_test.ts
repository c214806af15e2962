import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import { openEngine } from "../../lib/engine/engine.ts";
import { parseLlama2c, parsePieces } from "../../lib/io/llama2c.ts";
import { writeSafetensors } from "../../lib/io/safetensors.ts";
import { configOfLlama2c } from "../../lib/model/llama2c_config.ts";
import { loadModel, type Model } from "../../lib/model/load.ts";
import { logits } from "../../lib/model/logits.ts";
import { tokenizerFromPieces } from "../../lib/tokens/sentencepiece.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { reference } from "../reference.ts";

const { path: folder, ignore } = reference("stories");
if (!ignore) await openEngine();
const STEPS = 200; // tokens that llama2.c runs the model on, <s> among them

Deno.test({
  name:
    "stories260K tells the story that llama2.c tells, character for character",
  ignore,
  async fn() {
    const before = tf.memory().numTensors;
    const checkpoint = await convert();
    try {
      const model = await loadModel(checkpoint);
      const tokenizer = await loadTokenizer(checkpoint);
      equal(tokenizer.vocabSize, 512);
      equal(model.parameters, 260_032);
      const expected = await Deno.readTextFile(
        `${folder}/stories260K_greedy.txt`,
      );
      const ids = await greedy(model, tokenizer.bosId!, STEPS);
      equal(tokenizer.decode(ids), expected);
      model.dispose();
    } finally {
      await Deno.remove(checkpoint, { recursive: true });
    }
    equal(tf.memory().numTensors, before);
  },
});

Deno.test({
  name:
    "stories260K sees the same logits for a sequence alone and beside another",
  ignore,
  async fn() {
    const checkpoint = await convert();
    const model = await loadModel(checkpoint);
    const alone = await logits(model, [[1, 403, 407]]);
    const beside = await logits(model, [[1, 403, 407], [1, 261, 378]]);
    const gap = alone.map((value, i) => Math.abs(value - beside[i]!));
    deepEqual(
      gap.filter((difference) => difference > 1e-4),
      new Float32Array(),
    );
    model.dispose();
    await Deno.remove(checkpoint, { recursive: true });
  },
});

/** Always the likeliest next token. */
async function greedy(
  model: Model,
  first: number,
  steps: number,
): Promise<number[]> {
  const V = model.config.vocab_size;
  const ids = [first];
  for (let step = 0; step < steps; step++) {
    const last = (await logits(model, [ids])).subarray(-V);
    ids.push(last.indexOf(Math.max(...last)));
  }
  return ids;
}

/** Writes the model and its tokenizer as a checkpoint in Hugging Face's form. */
async function convert(): Promise<string> {
  const checkpoint = await Deno.makeTempDir();
  const bin = await Deno.readFile(`${folder}/stories260K.bin`);
  const pieces = await Deno.readFile(`${folder}/tok512.bin`);
  const { header, weights } = parseLlama2c(bin, "stories260K.bin");
  await writeSafetensors(`${checkpoint}/model.safetensors`, weights);
  const files = {
    "config.json": configOfLlama2c(header),
    "tokenizer.json": tokenizerFromPieces(parsePieces(pieces, "tok512.bin")),
    "tokenizer_config.json": {
      "tokenizer_class": "LlamaTokenizer",
      "bos_token": "<s>",
      "eos_token": "</s>",
    },
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(`${checkpoint}/${name}`, JSON.stringify(content));
  }
  return checkpoint;
}
