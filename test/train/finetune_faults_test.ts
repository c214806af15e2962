import { ok, rejects } from "node:assert/strict";
import { existsSync } from "node:fs";
import type { Example } from "../../lib/seed/task.ts";
import type { FinetuneOptions } from "../../lib/train/finetune.ts";
import { TINY_PIECES, tinyModel } from "../tiny.ts";
import { run, task, TASKS, tunedTest } from "./tuned.ts";

const REFUSED: {
  what: string;
  change?: Partial<FinetuneOptions>;
  vocabulary?: number;
  tasks?: Example[];
  message: string;
}[] = [
  {
    what: "a tokenizer with more tokens than the model",
    vocabulary: 100,
    message:
      `Cannot fine-tune as the tokenizer must have at most the model's 100 tokens: current number is ${TINY_PIECES.length}`,
  },
  {
    what: "rows wider than the model was made for",
    change: { width: 65 },
    message:
      "Cannot fine-tune as rows must be at most 64 tokens, what the model was made for: current width is 65",
  },
  {
    what: "tasks that are all too long",
    tasks: [task("A".repeat(20), "a"), task("B", "b".repeat(20))],
    message:
      "Cannot fine-tune as at least one task must fit into 16 tokens: current number of tasks is 2, all longer",
  },
  {
    what: "no tasks",
    tasks: [],
    message:
      "Cannot fine-tune as at least one task must fit into 16 tokens: current number of tasks is 0, all longer",
  },
];

for (const { what, change = {}, vocabulary, tasks, message } of REFUSED) {
  tunedTest(`finetune() refuses ${what}, and writes nothing`, async (start) => {
    const model = vocabulary === undefined
      ? start.model
      : tinyModel({ "vocab_size": vocabulary });
    await rejects(run({ ...start, model }, change, tasks), {
      name: "RangeError",
      message,
    });
    ok(!existsSync(start.folder));
    if (model !== start.model) model.dispose();
  });
}

for (const heldOut of [[], TASKS]) {
  tunedTest(
    `finetune() stops at a loss that is no number, writes nothing and frees its tensors: ${heldOut.length} held out`,
    async (start) => {
      const diverging = { peakRate: 1e9, epochs: 20, heldOut };
      await rejects(run(start, diverging), {
        name: "RangeError",
        message:
          /^Cannot go on training as the loss must be a number: at step \d+ it is .*lower peakRate/,
      });
      ok(!existsSync(`${start.folder}/model.safetensors`));
    },
  );
}
