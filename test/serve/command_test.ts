import { deepEqual, equal, match, ok } from "node:assert/strict";
import OpenAI from "openai";
import { projectPath } from "../../lib/core/paths.ts";
import { newestCheckpoint } from "../../lib/lab/newest_checkpoint.ts";
import { writeCheckpoint } from "../../lib/train/checkpoint.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { openTiny } from "../tiny.ts";

await openEngine();
const COMMAND = projectPath("lib", "lab", "commands", "serve.ts");

Deno.test({
  name:
    "deno task serve opens a tuned checkpoint in its template, tells its address, and closes on Ctrl-C",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using tiny = await openTiny();
    const folder = `${tiny.model.folder}/mine`;
    await writeCheckpoint(folder, {
      config: tiny.model.config,
      weights: tiny.model.weights,
      tokenizerFolder: tiny.model.folder,
      state: { settings: { template: "plain" } },
    });
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", COMMAND, folder, "--port", "0"],
      stderr: "piped",
      stdout: "null",
      env: { CRIA_ENGINE: "wasm" },
    }).spawn();
    let text = "";
    const decoder = new TextDecoder();
    const reader = child.stderr.getReader();
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { done, value } = await reader.read();
        ok(!done, text);
        text += decoder.decode(value, { stream: true });
      }
    };
    await until(/Ctrl-C/);
    match(text, /Engine: wasm/);
    match(text, /curl http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions/);
    const client = new OpenAI({
      baseURL: text.match(/Address: (\S+)/)![1]!,
      apiKey: "none",
      maxRetries: 0,
    });
    const { usage, model } = await client.chat.completions.create({
      model: "mine",
      messages: [{ role: "user", content: "Sing." }],
      max_tokens: 3,
    });
    equal(model, "mine");
    const prompt = "### Instruction:\nSing.\n\n### Response:";
    equal(usage!.prompt_tokens, 1 + tiny.tokenizer.encode(prompt).length);
    child.kill("SIGINT");
    await until(/Closing/);
    deepEqual((await child.status).code, 0);
    await reader.cancel();
    match(text, /POST \/v1\/chat\/completions 200 \d+ ms, \d+ tokens read/);
  },
});

Deno.test("deno task serve says what is wrong with its arguments", async () => {
  const cases: [args: string[], code: number, law: RegExp][] = [
    [
      ["no/such/checkpoint"],
      1,
      /Cannot serve no\/such\/checkpoint as it must be a folder/,
    ],
    [
      ["--port", "http"],
      2,
      /port must be a whole number from 0 to 65535: current value is http/,
    ],
    [["--prot", "80"], 2, /prot/],
    [["a", "b"], 2, /at most one checkpoint/],
  ];
  for (const [args, code, law] of cases) {
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", COMMAND, ...args],
    }).output();
    equal(output.code, code);
    match(new TextDecoder().decode(output.stderr), law);
  }
});

Deno.test("newestCheckpoint() finds the one that was tuned last, and no base model", async () => {
  const folder = await Deno.makeTempDir();
  const add = async (path: string, time: number, files: string[]) => {
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
    for (const file of files) {
      await Deno.writeTextFile(`${folder}/${path}/${file}`, "");
      await Deno.utime(`${folder}/${path}/${file}`, time, time);
    }
  };
  const tuned = ["trainer_state.json", "model.safetensors"];
  await add("base/stories", 90, ["model.safetensors"]);
  await add("old", 10, tuned);
  await add("tiny/model", 20, tuned);
  await add("unfinished", 99, ["trainer_state.json"]);
  equal(await newestCheckpoint(folder), `${folder}/tiny/model`);
  await add("old", 30, tuned);
  equal(await newestCheckpoint(folder), `${folder}/old`);
  equal(await newestCheckpoint(`${folder}/nothing`), undefined);
  await Deno.remove(folder, { recursive: true });
});
