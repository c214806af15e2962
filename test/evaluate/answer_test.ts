import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import {
  type Answer,
  type AnswerEvent,
  type AnswerOptions,
  answerTasks,
} from "../../lib/evaluate/answer.ts";
import { logits } from "../../lib/model/logits.ts";
import { encodePrompt } from "../../lib/tokens/encode.ts";
import { PLAIN } from "../../lib/tokens/template.ts";
import { openTiny } from "../tiny.ts";

const tiny = await openTiny({ "max_position_embeddings": 512 }, {
  spread: 1.7, // so that it ends some answers soon, some late, and some not
  endsAnswers: true,
});
Deno.test.afterAll(() => tiny[Symbol.asyncDispose]());
const { model, tokenizer } = tiny;
const TASKS = Array.from("abcdefghijkl", (letter, i) => ({
  instruction: `Tell about the ${letter.repeat(1 + i * 3 % 7)}.`,
  input: i % 2 === 1 ? "the inn" : "",
}));
const PLAINLY = { template: PLAIN, maxNewTokens: 27 };

/** All answers, in the order of the tasks. */
async function answers(options: AnswerOptions = {}): Promise<Answer[]> {
  const found: Answer[] = [];
  const given = { ...PLAINLY, ...options };
  for await (const event of answerTasks(model, tokenizer, TASKS, given)) {
    if (event.kind !== "answer") continue;
    equal(found[event.index], undefined);
    found[event.index] = event.answer;
  }
  return found;
}

Deno.test("answerTasks() gives in batches the answers that it gives one by one", async () => {
  const alone = await answers({ batch: 1 });
  deepEqual(alone.map(({ task }) => task), TASKS);
  deepEqual(await answers({ batch: 5 }), alone);
  deepEqual(await answers({ batch: 32 }), alone);
  ok(alone.some(({ ended }) => ended) && alone.some(({ ended }) => !ended));
});

Deno.test("answerTasks() writes what the plain forward pass finds likeliest", async () => {
  const found = await answers();
  for (const index of [2, 6]) {
    const task = TASKS[index]!;
    const ids = [...encodePrompt(tokenizer, task, PLAIN)];
    const prompt = ids.length;
    let ended = false;
    while (ids.length - prompt < PLAINLY.maxNewTokens && !ended) {
      const last = (await logits(model, [ids])).slice(-tokenizer.vocabSize);
      const id = last.indexOf(Math.max(...last));
      ended = id === tokenizer.eosId;
      if (!ended) ids.push(id);
    }
    const written = ids.slice(prompt);
    deepEqual(found[index], {
      task,
      answer: tokenizer.decode(written).trim(),
      ended,
      tokens: written.length,
    });
  }
});

Deno.test("answerTasks() samples the same by seed, whatever the size of the batch", async () => {
  const sampled = { temperature: 1.5, topP: 0.95, seed: 7 };
  const first = await answers(sampled);
  deepEqual(await answers({ ...sampled, batch: 5 }), first);
  const texts = (list: Answer[]) => list.map(({ answer }) => answer);
  const other = await answers({ ...sampled, seed: 8 });
  ok(texts(other).join() !== texts(first).join());
  ok(texts(await answers()).join() !== texts(first).join());
});

Deno.test("answerTasks() tells of progress up to the end", async () => {
  const events: AnswerEvent[] = [];
  const options = { ...PLAINLY, batch: 5 };
  for await (const event of answerTasks(model, tokenizer, TASKS, options)) {
    events.push(event);
  }
  const progress = events.filter((event) => event.kind === "progress");
  equal(progress[0]?.done, 0);
  ok(progress.every(({ total }) => total === TASKS.length));
  ok(progress.every(({ done }, i) => i === 0 || done >= progress[i - 1]!.done));
  ok(progress.slice(0, -1).every(({ msLeft }) => msLeft > 0));
  const last = events.at(-1);
  ok(last?.kind === "progress" && last.done === 12 && last.msLeft === 0);
  ok(last.tokensPerSecond > 0);
});

Deno.test("answerTasks() leaves no tensors behind, even if it is left early", async () => {
  await answers(); // compiled functions may keep what they captured
  const before = tf.memory().numTensors;
  await answers();
  equal(tf.memory().numTensors, before);
  for await (const event of answerTasks(model, tokenizer, TASKS, PLAINLY)) {
    if (event.kind === "answer") break;
  }
  equal(tf.memory().numTensors, before);
});

Deno.test("answerTasks() ends soon after its signal, and gives only finished answers", async () => {
  const whole = await answers({ batch: 4 });
  const before = tf.memory().numTensors;
  const stop = new AbortController();
  const options = { ...PLAINLY, batch: 4, signal: stop.signal };
  let [stepsAfter, given] = [0, 0];
  for await (const event of answerTasks(model, tokenizer, TASKS, options)) {
    if (event.kind === "answer") {
      deepEqual(event.answer, whole[event.index]);
      given++;
    }
    if (stop.signal.aborted && event.kind === "progress") stepsAfter++;
    if (given === 5) stop.abort();
  }
  ok(given >= 5 && given <= 8);
  ok(stepsAfter <= 1);
  equal(tf.memory().numTensors, before);
  const events = await Array.fromAsync(
    answerTasks(model, tokenizer, TASKS, { signal: AbortSignal.abort() }),
  );
  deepEqual(events, []);
});

Deno.test("answerTasks() refuses what cannot be answered before it begins", async () => {
  const long = [...TASKS, { instruction: "go on. ".repeat(200), input: "" }];
  await rejects(
    Array.fromAsync(answerTasks(model, tokenizer, long)),
    /Cannot answer task 12 as its prompt must have at most 511 tokens/,
  );
  const larger = { ...tokenizer, vocabSize: tokenizer.vocabSize + 1 };
  await rejects(
    Array.fromAsync(answerTasks(model, larger, TASKS)),
    /must have at most its \d+ tokens/,
  );
  await rejects(answers({ batch: 0 }), /as batch must be a whole number/);
  await rejects(answers({ maxNewTokens: 1.5 }), /as maxNewTokens must/);
});

Deno.test("answerTasks() has nothing to say of no tasks", async () => {
  const events = await Array.fromAsync(answerTasks(model, tokenizer, []));
  equal(events.filter(({ kind }) => kind === "answer").length, 0);
});
