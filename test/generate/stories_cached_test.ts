import * as tf from "@tensorflow/tfjs";
import { equal } from "node:assert/strict";
import { decode } from "../../lib/generate/decode.ts";
import { parseLlama2c, parsePieces } from "../../lib/io/llama2c.ts";
import { configOfLlama2c } from "../../lib/model/llama2c_config.ts";
import { loadModel } from "../../lib/model/load.ts";
import { tokenizerFromPieces } from "../../lib/tokens/sentencepiece.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { writeCheckpoint } from "../../lib/train/checkpoint.ts";
import "../engine/native.ts";
import { reference } from "../reference.ts";
import { temporaryFolder } from "../temporary_folder.ts";

const { path: folder, ignore } = reference("stories");
const STEPS = 200; // tokens that llama2.c runs the model on, <s> among them

Deno.test({
  name:
    "decode() tells stories260K's story as llama2.c does, character for character, with a cache",
  ignore,
  fn: async () => {
    await using checkpoint = await temporaryFolder();
    const before = tf.memory().numTensors;
    await convert(checkpoint.path);
    const model = await loadModel(checkpoint.path);
    const tokenizer = await loadTokenizer(checkpoint.path);
    const ids = [tokenizer.bosId!];
    const options = { endIds: [tokenizer.eosId], maxNewTokens: STEPS };
    for await (const event of decode(model, [ids], options)) {
      if (event.kind === "token") ids.push(event.id);
    }
    const file = `${folder}/stories260K_greedy.txt`;
    equal(tokenizer.decode(ids), await Deno.readTextFile(file));
    model.dispose();
    equal(tf.memory().numTensors, before);
  },
});

/** Writes the model and its tokenizer as a checkpoint in Hugging Face's form. */
async function convert(checkpoint: string): Promise<void> {
  const bin = await Deno.readFile(`${folder}/stories260K.bin`);
  const pieces = await Deno.readFile(`${folder}/tok512.bin`);
  const { header, weights } = parseLlama2c(bin, "stories260K.bin");
  const tokenizerFolder = `${checkpoint}/tokenizer`;
  await Deno.mkdir(tokenizerFolder);
  const files = {
    "tokenizer.json": tokenizerFromPieces(parsePieces(pieces, "tok512.bin")),
    "tokenizer_config.json": { "bos_token": "<s>", "eos_token": "</s>" },
  };
  for (const [name, content] of Object.entries(files)) {
    const text = JSON.stringify(content);
    await Deno.writeTextFile(`${tokenizerFolder}/${name}`, text);
  }
  await writeCheckpoint(checkpoint, {
    config: configOfLlama2c(header),
    weights,
    tokenizerFolder,
  });
}
