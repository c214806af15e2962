import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal } from "node:assert/strict";
import { openEngine } from "../../lib/engine/engine.ts";
import { decode } from "../../lib/generate/decode.ts";
import { logits } from "../../lib/model/logits.ts";
import { tinyModel } from "../tiny.ts";

await openEngine({ engine: "wasm" });

Deno.test("decode() on WASM writes what the plain forward pass says, and leaks nothing", async () => {
  equal(tf.getBackend(), "wasm");
  const model = tinyModel({ "vocab_size": 23 }, { seed: 3, spread: 0.9 });
  const prompts = [[5, 1, 9], [7]];
  const before = tf.memory().numTensors;
  const found: number[][] = [[], []];
  const options = { endIds: [], maxNewTokens: 10 };
  for await (const event of decode(model, prompts, options)) {
    if (event.kind === "token") found[event.sequence]!.push(event.id);
  }
  equal(tf.memory().numTensors, before);
  for (const [i, prompt] of prompts.entries()) {
    const ids = [...prompt];
    while (ids.length < prompt.length + 10) {
      const last = (await logits(model, [ids])).subarray(-23);
      ids.push(last.indexOf(Math.max(...last)));
    }
    deepEqual(found[i], ids.slice(prompt.length));
  }
  model.dispose();
});
