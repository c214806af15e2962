import { deepEqual, equal, ok } from "node:assert/strict";
import { seededRandom } from "../../lib/core/random.ts";
import type { Example } from "../../lib/seed/task.ts";
import { encodePrompt, encodeTasks } from "../../lib/tokens/encode.ts";
import { PLAIN } from "../../lib/tokens/template.ts";
import type { Tokenizer } from "../../lib/tokens/tokenizer.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { tinyTokenizer } from "../tiny.ts";

/** A test with a tokenizer of bytes, letters and a few words. */
function tokenizerTest(
  name: string,
  action: (tokenizer: Tokenizer) => void,
): void {
  Deno.test(name, async () => {
    await using folder = await temporaryFolder();
    action(await tinyTokenizer(folder.path));
  });
}

/** Tasks of random words, some with an input, some with signs that need several bytes. */
function randomTasks(count: number, seed: number): Example[] {
  const random = seededRandom(seed);
  const words = ["the", "ant", "ran", "é", "#", "in\n", "😀", "</s>", ""];
  const text = (most: number) =>
    Array.from(
      { length: Math.floor(random() * most) },
      () => words[Math.floor(random() * words.length)],
    ).join(" ");
  return Array.from({ length: count }, () => ({
    instruction: text(8),
    input: random() < 0.5 ? "" : text(4),
    output: text(12),
  }));
}

const ALL = { maxTokens: 10_000, template: PLAIN };

tokenizerTest(
  "encodeTasks() begins with the ids that encodePrompt() asks with, whatever the answer",
  (tokenizer) => {
    const tasks = randomTasks(100, 1);
    const { encoded } = encodeTasks(tokenizer, tasks, ALL);
    equal(encoded.length, tasks.length);
    for (const [i, { ids, promptLength }] of encoded.entries()) {
      const asked = encodePrompt(tokenizer, tasks[i]!, PLAIN);
      deepEqual(ids.slice(0, promptLength), asked);
    }
  },
);

tokenizerTest(
  "encodeTasks() has the answer and the end learned, and nothing else",
  (tokenizer) => {
    const tasks = randomTasks(100, 2);
    const { encoded } = encodeTasks(tokenizer, tasks, ALL);
    for (const [i, { ids, promptLength }] of encoded.entries()) {
      const answer = tokenizer.encode(tasks[i]!.output);
      deepEqual([...ids.slice(promptLength)], [...answer, tokenizer.eosId]);
    }
  },
);

tokenizerTest(
  "encodeTasks() gives the text of the answer back",
  (tokenizer) => {
    const task = { instruction: "Go", input: "", output: "the ant ran: é 😀" };
    const { encoded: [only] } = encodeTasks(tokenizer, [task], ALL);
    equal(tokenizer.decode(only!.ids.slice(only!.promptLength)), task.output);
  },
);

tokenizerTest(
  "encodeTasks() teaches an empty answer to end at once",
  (tokenizer) => {
    const task = { instruction: "Go", input: "", output: "" };
    const { encoded: [only] } = encodeTasks(tokenizer, [task], ALL);
    deepEqual([...only!.ids.slice(only!.promptLength)], [tokenizer.eosId]);
  },
);

tokenizerTest(
  "encodeTasks() leaves out tasks that are too long, whole, and tells them with their length",
  (tokenizer) => {
    const tasks = randomTasks(100, 3);
    const lengths = encodeTasks(tokenizer, tasks, ALL).encoded
      .map(({ ids }) => ids.length);
    const maxTokens = lengths.toSorted((a, b) => a - b)[50]!; // as long as one of them
    const { encoded, tooLong } = encodeTasks(tokenizer, tasks, {
      maxTokens,
      template: PLAIN,
    });
    ok(encoded.length > 0 && tooLong.length > 0);
    deepEqual(
      encoded.map(({ ids }) => ids.length),
      lengths.filter((length) => length <= maxTokens),
    );
    deepEqual(
      tooLong,
      tasks.map((task, i) => ({ task, tokens: lengths[i]! }))
        .filter(({ tokens }) => tokens > maxTokens),
    );
    ok(encoded.every(({ ids }) => ids.at(-1) === tokenizer.eosId));
  },
);

tokenizerTest(
  "encodePrompt() begins with <s> once, and without it where the tokenizer has none",
  (tokenizer) => {
    const task = { instruction: "Go", input: "" };
    const ids = [...encodePrompt(tokenizer, task)];
    equal(ids[0], tokenizer.bosId);
    equal(ids.indexOf(tokenizer.bosId!, 1), -1);
    const without = encodePrompt({ ...tokenizer, bosId: undefined }, task);
    deepEqual([...without], ids.slice(1));
  },
);

tokenizerTest(
  "encodePrompt() uses Alpaca's words unless told otherwise",
  (tokenizer) => {
    const ids = encodePrompt(tokenizer, { instruction: "Go", input: "" });
    ok(tokenizer.decode(ids).startsWith("Below is an instruction"));
  },
);
