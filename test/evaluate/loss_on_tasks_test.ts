import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  lossOnTasks,
  type LossOnTasksOptions,
  type OutputLoss,
} from "../../lib/evaluate/loss_on_tasks.ts";
import { bitsPerByte, perplexity } from "../../lib/evaluate/perplexity.ts";
import { logits } from "../../lib/model/logits.ts";
import { encodePrompt, encodeTasks } from "../../lib/tokens/encode.ts";
import { PLAIN } from "../../lib/tokens/template.ts";
import { heldOutLoss, meanLoss } from "../../lib/train/held_out.ts";
import { openTiny } from "../tiny.ts";

const tiny = await openTiny({ "max_position_embeddings": 512 }, {
  spread: 1.7,
});
Deno.test.afterAll(() => tiny[Symbol.asyncDispose]());
const { model, tokenizer } = tiny;
const TASKS = Array.from("abcdefghij", (letter, i) => ({
  instruction: `Tell about the ${letter}.`,
  input: i % 3 === 0 ? "the inn" : "",
  output: `the ${letter.repeat(1 + i * 5)} sté.`,
}));

async function losses(options: LossOnTasksOptions = {}): Promise<OutputLoss[]> {
  const found: OutputLoss[] = [];
  const given = { template: PLAIN, ...options };
  for await (const event of lossOnTasks(model, tokenizer, TASKS, given)) {
    if (event.kind === "loss") found[event.index] = event.loss;
  }
  return found;
}

/** Loss on one task from the logits of the plain forward pass, in float64. */
async function plainLoss(task: typeof TASKS[number]): Promise<OutputLoss> {
  const prompt = encodePrompt(tokenizer, task, PLAIN);
  const answer = [...tokenizer.encode(task.output), tokenizer.eosId];
  const scores = await logits(model, [[...prompt, ...answer]]);
  const V = model.config.vocab_size;
  let nats = 0;
  for (const [i, id] of answer.entries()) {
    const at = prompt.length + i - 1; // the token before predicts it
    const row = scores.subarray(at * V, (at + 1) * V);
    const sum = row.reduce((sum, score) => sum + Math.exp(score), 0);
    nats += Math.log(sum) - row[id]!;
  }
  const bytes = new TextEncoder().encode(task.output).length;
  return { nats, tokens: answer.length, bytes };
}

Deno.test("lossOnTasks() has the loss of the plain forward pass on every task", async () => {
  const found = await losses({ rows: 2 });
  equal(found.length, TASKS.length);
  for (const [i, task] of TASKS.entries()) {
    const { nats, tokens, bytes } = await plainLoss(task);
    ok(Math.abs(found[i]!.nats - nats) < 1e-3 * tokens, `task ${i}`);
    deepEqual([found[i]!.tokens, found[i]!.bytes], [tokens, bytes]);
  }
});

Deno.test("lossOnTasks() agrees with what training calls the held-out loss", async () => {
  const { encoded } = encodeTasks(tokenizer, TASKS, { template: PLAIN });
  const held = await heldOutLoss(model.config, encoded)(model.weights);
  const found = await losses();
  ok(Math.abs(meanLoss(found) - meanLoss(held)) < 1e-4);
});

Deno.test("lossOnTasks() tells of progress, stops at its signal, and leaks nothing", async () => {
  await losses({ rows: 1 });
  const before = tf.memory().numTensors;
  const events = await Array.fromAsync(
    lossOnTasks(model, tokenizer, TASKS, { rows: 1 }),
  );
  const last = events.at(-1);
  ok(last?.kind === "progress" && last.done === 10 && last.msLeft === 0);
  const first = events.find(({ kind }) => kind === "progress");
  ok(first?.kind === "progress" && first.done < 10 && first.msLeft > 0);
  const stop = new AbortController();
  let batches = 0;
  const options = { rows: 1, signal: stop.signal };
  for await (const event of lossOnTasks(model, tokenizer, TASKS, options)) {
    if (event.kind === "progress") batches++;
    stop.abort();
  }
  equal(batches, 1);
  equal(tf.memory().numTensors, before);
});

Deno.test("lossOnTasks() refuses a task that the model has no room for", async () => {
  await using small = await openTiny({ "max_position_embeddings": 64 });
  await rejects(
    Array.fromAsync(lossOnTasks(small.model, small.tokenizer, TASKS)),
    /Cannot measure the loss on task 0 as it must fit into the model's 64 positions/,
  );
});

Deno.test("perplexity() and bitsPerByte() weigh every token and every byte alike", () => {
  const both = [
    { nats: 2, tokens: 1, bytes: 4 },
    { nats: 1, tokens: 2, bytes: 2 },
  ];
  equal(perplexity(both), Math.E);
  ok(Math.abs(bitsPerByte(both) - 3 / Math.LN2 / 6) < 1e-12);
  // a model that finds V tokens equally likely has perplexity V
  const even = [{ nats: 5 * Math.log(360), tokens: 5 }];
  ok(Math.abs(perplexity(even) - 360) < 1e-9);
});
