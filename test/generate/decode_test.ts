import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { seededRandom } from "../../lib/core/random.ts";
import {
  decode,
  type DecodeEvent,
  type DecodeOptions,
} from "../../lib/generate/decode.ts";
import { sample } from "../../lib/generate/sample.ts";
import { logits } from "../../lib/model/logits.ts";
import "../engine/native.ts";
import { tinyModel } from "../tiny.ts";

const V = 23;
const POSITIONS = 200; // the cache has to grow past 64 and past 128
const model = tinyModel({
  "vocab_size": V,
  "max_position_embeddings": POSITIONS,
}, { seed: 3, spread: 0.9 });

/** Prompts of random tokens. */
function promptsOf(...lengths: number[]): number[][] {
  const random = seededRandom(8);
  return lengths.map((length) =>
    Array.from({ length }, () => Math.floor(random() * V))
  );
}

/** What every sequence wrote, and how it ended. */
async function written(
  prompts: number[][],
  options: Partial<DecodeOptions> = {},
): Promise<{ ids: number[]; end: string | undefined }[]> {
  const found = prompts.map(() => ({
    ids: [] as number[],
    end: undefined as string | undefined,
  }));
  const before = tf.memory().numTensors;
  for await (
    const event of decode(model, prompts, { endIds: [], ...options })
  ) {
    const row = found[event.sequence]!;
    equal(row.end, undefined, "nothing comes after the end");
    if (event.kind === "token") row.ids.push(event.id);
    else row.end = event.reason;
  }
  equal(tf.memory().numTensors, before, "no tensor is left behind");
  return found;
}

/** The same by the plain forward pass, which has no cache. */
async function plain(
  prompt: number[],
  { maxNewTokens = 1, seed = 42, ...options }: Partial<DecodeOptions>,
): Promise<number[]> {
  const random = seededRandom(seed);
  const ids = [...prompt];
  for (let i = 0; i < maxNewTokens; i++) {
    const last = (await logits(model, [ids])).subarray(-V);
    ids.push(sample(last, random, options));
  }
  return ids.slice(prompt.length);
}

Deno.test("decode() with a cache writes what the plain forward pass says", async () => {
  for (const prompt of promptsOf(1, 2, 17)) {
    const [{ ids, end } = { ids: [], end: "" }] = await written([prompt], {
      maxNewTokens: 24,
    });
    deepEqual(ids, await plain(prompt, { maxNewTokens: 24 }));
    equal(end, "length");
    ok(new Set(ids).size > 3, "the model says more than one thing");
  }
});

for (const length of [62, 64, 126]) {
  Deno.test(`decode() writes on as it should where its cache has to grow: prompt of ${length}`, async () => {
    const [prompt] = promptsOf(length) as [number[]];
    const [only] = await written([prompt], { maxNewTokens: 8 });
    deepEqual(only!.ids, await plain(prompt, { maxNewTokens: 8 }));
  });
}

Deno.test("decode() draws what the plain forward pass draws with the same seed", async () => {
  const options = { maxNewTokens: 20, temperature: 0.8, topP: 0.95, seed: 7 };
  const [prompt] = promptsOf(5) as [number[]];
  const [only] = await written([prompt], options);
  deepEqual(only!.ids, await plain(prompt, options));
});

Deno.test("decode() draws other tokens from another seed, and the same from the same", async () => {
  const prompts = promptsOf(5);
  const draw = (seed: number) =>
    written(prompts, { maxNewTokens: 20, temperature: 1.5, seed });
  deepEqual(await draw(1), await draw(1));
  ok((await draw(1))[0]!.ids.join() !== (await draw(2))[0]!.ids.join());
});

Deno.test("decode() writes for each prompt of a batch what it writes for it alone", async () => {
  const prompts = promptsOf(3, 40, 1, 63, 9);
  const together = await written(prompts, { maxNewTokens: 12 });
  for (const [i, prompt] of prompts.entries()) {
    const alone = await written([prompt], { maxNewTokens: 12 });
    deepEqual([together[i]], alone, `prompt ${i}`);
  }
});

Deno.test("decode() draws for prompt i of a batch what it draws for it alone with seed + i", async () => {
  const prompts = promptsOf(3, 40, 1);
  const options = { maxNewTokens: 12, temperature: 1.2 };
  const together = await written(prompts, { ...options, seed: 5 });
  for (const [i, prompt] of prompts.entries()) {
    const alone = await written([prompt], { ...options, seed: 5 + i });
    deepEqual([together[i]], alone, `prompt ${i}`);
  }
});

Deno.test("decode() goes on with the others when some have ended", async () => {
  const prompts = promptsOf(3, 8, 1, 30, 9, 4);
  const options = { maxNewTokens: 30, temperature: 1, seed: 3, endIds: [4, 9] };
  const together = await written(prompts, options);
  const lengths = new Set(together.map(({ ids }) => ids.length));
  ok(lengths.size > 2, `they must end apart: ${[...lengths]}`);
  for (const [i, prompt] of prompts.entries()) {
    const alone = await written([prompt], { ...options, seed: 3 + i });
    deepEqual([together[i]], alone, `prompt ${i}`);
  }
});

Deno.test("decode() ends before a token that ends, whichever of them it is", async () => {
  const prompts = promptsOf(4);
  const [free] = await written(prompts, { maxNewTokens: 20 });
  const stop = free!.ids.find((id, i) => i > 2 && id !== free!.ids[0])!;
  const expected = free!.ids.slice(0, free!.ids.indexOf(stop));
  for (const endIds of [[stop], [V + 5, stop]]) {
    const options = { maxNewTokens: 20, endIds };
    deepEqual(await written(prompts, options), [{ ids: expected, end: "end" }]);
  }
  const atOnce = { maxNewTokens: 20, endIds: [free!.ids[0]!] };
  deepEqual(await written(prompts, atOnce), [{ ids: [], end: "end" }]);
});

Deno.test("decode() writes as many tokens as it may", async () => {
  for (const maxNewTokens of [1, 2, 7]) {
    const [only] = await written(promptsOf(4), { maxNewTokens });
    deepEqual([only!.ids.length, only!.end], [maxNewTokens, "length"]);
  }
});

Deno.test("decode() ends where the model's positions end, each prompt at its own place", async () => {
  const prompts = promptsOf(POSITIONS - 1, POSITIONS - 5);
  const [long, short] = await written(prompts, { maxNewTokens: 99 });
  deepEqual([long!.ids.length, long!.end], [2, "length"]); // the last is never read
  deepEqual([short!.ids.length, short!.end], [6, "length"]);
  deepEqual(long!.ids, await plain(prompts[0]!, { maxNewTokens: 2 }));
  deepEqual(short!.ids, await plain(prompts[1]!, { maxNewTokens: 6 }));
});

Deno.test("decode() stops after the token under way when told to", async () => {
  const stop = new AbortController();
  const events: DecodeEvent[] = [];
  const before = tf.memory().numTensors;
  const options = { endIds: [], signal: stop.signal };
  for await (const event of decode(model, promptsOf(3, 5), options)) {
    events.push(event);
    if (events.length === 5) stop.abort(); // the third token of the first
  }
  deepEqual(
    events.map(({ kind, sequence }) => [kind, sequence]),
    [0, 1, 0, 1, 0, 1].map((sequence) => ["token", sequence]),
  );
  equal(tf.memory().numTensors, before);
});

Deno.test("decode() that is left early leaks nothing", async () => {
  const before = tf.memory().numTensors;
  for await (const event of decode(model, promptsOf(3), { endIds: [] })) {
    if (event.kind === "token") break;
  }
  equal(tf.memory().numTensors, before);
});

Deno.test("decode() of no prompts writes nothing", async () => {
  deepEqual(await written([]), []);
});

for (const length of [0, POSITIONS, POSITIONS + 1]) {
  Deno.test(`decode() refuses a prompt of ${length} tokens where 199 leave a position`, async () => {
    const before = tf.memory().numTensors;
    await rejects(written([[1], new Array<number>(length).fill(1)]), {
      name: "RangeError",
      message:
        `Cannot write on from prompt 1 as it must have 1 to 199 tokens, so that one position is left: current length is ${length}`,
    });
    equal(tf.memory().numTensors, before);
  });
}

Deno.test("decode() refuses ids of another model's tokenizer", async () => {
  const foreign = model.config.vocab_size;
  await rejects(
    Array.fromAsync(decode(model, [[1], [1, foreign]], { endIds: [] })),
    {
      name: "RangeError",
      message: new RegExp(`from prompt 1 .* current value is ${foreign}`),
    },
  );
});

Deno.test("decode() refuses to write no token", async () => {
  await rejects(written([[1]], { maxNewTokens: 0 }), {
    name: "RangeError",
    message:
      "Cannot write on as maxNewTokens must be at least 1: current value is 0",
  });
});

Deno.test("decode() frees its tensors when sampling fails", async () => {
  const before = tf.memory().numTensors;
  await rejects(written([[1]], { temperature: -1 }), RangeError);
  equal(tf.memory().numTensors, before);
});
