import type { Example } from "../seed/task.ts";

/**
 * How a task is put into words for the model: the same object in training, evaluation, chat and
 * export, so that a model is never asked in other words than those it learned from.
 */
export interface PromptTemplate {
  /** The name by which runs and exports refer to it. */
  name: string;
  /** Writes everything up to the answer. */
  render: (task: Pick<Example, "instruction" | "input">) => string;
}

/**
 * Alpaca's template, with its two forms: with input and without.
 *
 * It ends in `### Response:` with nothing behind it. Several trainers add a line end there, and
 * their checkpoints answer worse to a prompt that has none; this project never does.
 *
 * @see {@link https://github.com/tatsu-lab/stanford_alpaca#data-release | Stanford Alpaca, data release}
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(ALPACA.render({ instruction: "Say hi.", input: "" }), /Say hi\.\n\n### Response:$/);
 * match(ALPACA.render({ instruction: "Say it.", input: "hi" }), /### Input:\nhi\n\n/);
 * ```
 */
export const ALPACA: PromptTemplate = {
  name: "alpaca",
  render: ({ instruction, input }) =>
    input === ""
      ? `Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Response:`
      : `Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`,
};

/**
 * A template without a preamble, for models with a short context: Alpaca's headings alone.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const prompt = PLAIN.render({ instruction: "Say hi.", input: "" });
 * equal(prompt, "### Instruction:\nSay hi.\n\n### Response:");
 * ```
 */
export const PLAIN: PromptTemplate = {
  name: "plain",
  render: ({ instruction, input }) =>
    input === ""
      ? `### Instruction:\n${instruction}\n\n### Response:`
      : `### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n### Response:`,
};

const TEMPLATES = [ALPACA, PLAIN];

/**
 * Finds a template by its name, as a checkpoint's `trainer_state.json` gives it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(templateByName("alpaca"), ALPACA);
 * ```
 *
 * @param name The name.
 * @returns The template.
 * @throws {RangeError} If there is none of that name.
 */
export function templateByName(name: string): PromptTemplate {
  const found = TEMPLATES.find((template) => template.name === name);
  if (found === undefined) {
    throw new RangeError(
      `Cannot find the prompt template as its name must be one of ${
        TEMPLATES.map(({ name }) => name).join(", ")
      }: current value is "${name}"`,
    );
  }
  return found;
}
