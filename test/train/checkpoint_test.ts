import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { loadModel } from "../../lib/model/load.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import { writeCheckpoint } from "../../lib/train/checkpoint.ts";
import "../engine/native.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { tinyModel, tinyTokenizer } from "../tiny.ts";

async function json(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path));
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .sort();
}

for (const tied of [false, true]) {
  Deno.test(`writeCheckpoint() writes what loadModel() and loadTokenizer() read back, bit for bit: tied ${tied}`, async () => {
    await using folder = await temporaryFolder();
    const model = tinyModel({ "tie_word_embeddings": tied });
    const tokenizer = await tinyTokenizer(`${folder.path}/base`);
    const { config, weights } = model;
    const before = tf.memory().numTensors;
    await writeCheckpoint(`${folder.path}/copy`, {
      config,
      weights,
      tokenizerFolder: tokenizer.folder,
    });
    equal(tf.memory().numTensors, before);
    const copy = await loadModel(`${folder.path}/copy`);
    deepEqual(copy.config, config);
    deepEqual(Object.keys(copy.weights), Object.keys(weights));
    for (const [name, weight] of Object.entries(weights)) {
      deepEqual(copy.weights[name]!.dataSync(), weight.dataSync(), name);
    }
    const text = "the ant ran 😀";
    deepEqual(
      (await loadTokenizer(`${folder.path}/copy`)).encode(text),
      tokenizer.encode(text),
    );
    copy.dispose();
    model.dispose();
  });
}

Deno.test("writeCheckpoint() leaves the files that transformers wants, and none beside", async () => {
  await using folder = await temporaryFolder();
  const model = tinyModel();
  const { folder: tokenizerFolder } = await tinyTokenizer(
    `${folder.path}/base`,
  );
  const { config, weights } = model;
  const files = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ];
  await writeCheckpoint(`${folder.path}/a`, {
    config,
    weights,
    tokenizerFolder,
  });
  deepEqual(await namesIn(`${folder.path}/a`), files);
  const state = { "best_step": 3 };
  await writeCheckpoint(`${folder.path}/b`, {
    config,
    weights,
    tokenizerFolder,
    state,
  });
  deepEqual(
    await namesIn(`${folder.path}/b`),
    [...files, "trainer_state.json"].sort(),
  );
  deepEqual(await json(`${folder.path}/b/trainer_state.json`), state);
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    deepEqual(
      await Deno.readFile(`${folder.path}/a/${name}`),
      await Deno.readFile(`${tokenizerFolder}/${name}`),
    );
  }
  model.dispose();
});

Deno.test("writeCheckpoint() tells in config.json which tokens begin and end a text", async () => {
  await using folder = await temporaryFolder();
  const model = tinyModel();
  const { folder: tokenizerFolder } = await tinyTokenizer(
    `${folder.path}/base`,
  );
  const { config, weights } = model;
  await writeCheckpoint(`${folder.path}/a`, {
    config,
    weights,
    tokenizerFolder,
  });
  deepEqual(await json(`${folder.path}/a/config.json`), {
    architectures: ["LlamaForCausalLM"],
    ...config,
    "hidden_act": "silu",
    "attention_bias": false,
    "mlp_bias": false,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "torch_dtype": "float32",
  });
  await Deno.writeTextFile(
    `${tokenizerFolder}/tokenizer_config.json`,
    JSON.stringify({ "eos_token": "</s>" }),
  );
  await writeCheckpoint(`${folder.path}/b`, {
    config,
    weights,
    tokenizerFolder,
  });
  const { "bos_token_id": bos, "eos_token_id": eos } = await json(
    `${folder.path}/b/config.json`,
  );
  deepEqual([bos, eos], [undefined, 2]);
  model.dispose();
});

Deno.test("writeCheckpoint() leaves an older checkpoint whole where the weights cannot be written", async () => {
  await using folder = await temporaryFolder();
  const model = tinyModel();
  const { folder: tokenizerFolder } = await tinyTokenizer(
    `${folder.path}/base`,
  );
  const { config, weights } = model;
  const path = `${folder.path}/a`;
  const common = { config, tokenizerFolder };
  await writeCheckpoint(path, { ...common, weights, state: { run: 1 } });
  const names = await namesIn(path);
  const lost = tf.zeros([4]);
  lost.dispose();
  await rejects(writeCheckpoint(path, {
    ...common,
    weights: { ...weights, "model.norm.weight": lost },
    state: { run: 2 },
  }));
  deepEqual(await json(`${path}/trainer_state.json`), { run: 1 });
  await rejects(writeCheckpoint(path, {
    config,
    weights,
    tokenizerFolder: `${folder.path}/nowhere`,
    state: { run: 2 },
  }));
  deepEqual(await json(`${path}/trainer_state.json`), { run: 1 });
  deepEqual(await namesIn(path), names);
  model.dispose();
});

Deno.test("writeCheckpoint() without a tokenizer to copy leaves no weights behind", async () => {
  await using folder = await temporaryFolder();
  const model = tinyModel();
  const { config, weights } = model;
  await rejects(
    writeCheckpoint(`${folder.path}/a`, {
      config,
      weights,
      tokenizerFolder: `${folder.path}/nowhere`,
    }),
    Deno.errors.NotFound,
  );
  ok(!existsSync(`${folder.path}/a/model.safetensors`));
  model.dispose();
});
