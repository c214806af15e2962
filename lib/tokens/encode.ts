import type { Example } from "../seed/task.ts";
import { ALPACA, type PromptTemplate } from "./template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A task in token ids: what the model sees, and from where on it learns. */
export interface Encoded {
  /** The prompt, the answer and the token that ends it. */
  ids: Int32Array;
  /** Number of ids of the prompt, which are read but not learned. */
  promptLength: number;
}

/** Options for {@linkcode encodeTasks}. */
export interface EncodeTasksOptions {
  /**
   * Longest sequence, in tokens. Longer tasks are left out whole: cutting one would cut off the
   * token that ends its answer, and a model that never sees that token never stops.
   *
   * @default {256}
   */
  maxTokens?: number;
  /**
   * How tasks are put into words.
   *
   * @default {ALPACA}
   */
  template?: PromptTemplate;
}

/** What became of a list of tasks. */
export interface EncodedTasks<Item> {
  /** The tasks that fit, in their order. */
  encoded: Encoded[];
  /** The tasks that were left out, with their length in tokens. */
  tooLong: { task: Item; tokens: number }[];
}

/**
 * Turns the question of a task into ids: exactly what training put before the answer.
 *
 * @param tokenizer The model's tokenizer.
 * @param task The question.
 * @param template How it is put into words.
 * @returns The ids, beginning with the tokenizer's first token where it has one.
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  task: Pick<Example, "instruction" | "input">,
  template: PromptTemplate = ALPACA,
): Int32Array {
  const ids = tokenizer.encode(template.render(task));
  return tokenizer.bosId === undefined
    ? ids
    : Int32Array.of(tokenizer.bosId, ...ids);
}

/**
 * Turns tasks into ids with a label mask.
 *
 * Prompt and answer are turned into ids apart and then joined. So the prompt has the same ids as
 * when the model is asked, whatever the answer begins with, and the mask cannot be off by one.
 *
 * @see {@link https://arxiv.org/abs/2212.10560 | Wang et al. (2023), section 4.1: the loss is on the output}
 *
 * @example Usage
 * ```ts ignore
 * const { encoded, tooLong } = encodeTasks(tokenizer, tasks, { maxTokens: 256 });
 * ```
 *
 * @typeParam Item The type of a task.
 * @param tokenizer The model's tokenizer.
 * @param tasks The tasks.
 * @param options The longest sequence, and the template.
 * @returns The ids of the tasks that fit, and the others.
 */
export function encodeTasks<Item extends Example>(
  tokenizer: Tokenizer,
  tasks: readonly Item[],
  options: EncodeTasksOptions = {},
): EncodedTasks<Item> {
  const { maxTokens = 256, template = ALPACA } = options;
  const result: EncodedTasks<Item> = { encoded: [], tooLong: [] };
  for (const task of tasks) {
    const prompt = encodePrompt(tokenizer, task, template);
    const answer = tokenizer.encode(task.output);
    const ids = Int32Array.of(...prompt, ...answer, tokenizer.eosId);
    if (ids.length > maxTokens) {
      result.tooLong.push({ task, tokens: ids.length });
    } else {
      result.encoded.push({ ids, promptLength: prompt.length });
    }
  }
  return result;
}
