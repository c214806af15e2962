import type { LlamaConfig } from "../model/config.ts";
import type { Model } from "../model/load.ts";
import type { Example } from "../seed/task.ts";
import { encodeTasks } from "../tokens/encode.ts";
import { packBatches } from "../tokens/pack.ts";
import { ALPACA, type PromptTemplate } from "../tokens/template.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { batchLosses, type TaskLoss } from "../train/held_out.ts";
import { checkTokenizer } from "./fit.ts";

/** The loss on the output of a task, the token that ends it counted. */
export interface OutputLoss extends TaskLoss {
  /** Length of the output, in bytes of UTF-8. */
  bytes: number;
}

/** How a loss is being measured. */
export type LossEvent =
  | {
    /** The loss on a task is known. */
    kind: "loss";
    /** Place of the task in the list, from 0. */
    index: number;
    /** The loss. */
    loss: OutputLoss;
  }
  | {
    /** A batch more has been looked at. */
    kind: "progress";
    /** Number of tasks whose loss is known. */
    done: number;
    /** Number of tasks. */
    total: number;
    /** Tokens a second, prompts counted, over all so far. */
    tokensPerSecond: number;
    /** Expected time to the end, in milliseconds. */
    msLeft: number;
  };

/** Options for {@linkcode lossOnTasks}. */
export interface LossOnTasksOptions {
  /**
   * How tasks are put into words: the same as when the model learned.
   *
   * @default {ALPACA}
   */
  template?: PromptTemplate;
  /**
   * Rows a batch.
   *
   * @default {8}
   */
  rows?: number;
  /** Ends the run after the batch under way. */
  signal?: AbortSignal;
}

/**
 * Measures how surprised a model is by the outputs of tasks that it never learned from.
 *
 * Only the output and its end are counted; the prompt is read. Tasks are packed as in training, and
 * do not see each other.
 *
 * @example Usage
 * ```ts ignore
 * const losses: OutputLoss[] = [];
 * for await (const event of lossOnTasks(model, tokenizer, tasks)) {
 *   if (event.kind === "loss") losses[event.index] = event.loss;
 * }
 * perplexity(losses);
 * ```
 *
 * @param model The model.
 * @param tokenizer Its tokenizer.
 * @param tasks The tasks.
 * @param options How tasks are put into words, and the size of a batch.
 * @returns The losses as they are known, and how far the work is.
 * @throws {RangeError} If a task is longer than the model's positions, or the tokenizer has more
 * tokens than the model.
 */
export async function* lossOnTasks(
  model: Model,
  tokenizer: Tokenizer,
  tasks: readonly Example[],
  options: LossOnTasksOptions = {},
): AsyncGenerator<LossEvent, void, void> {
  const { template = ALPACA, rows = 8, signal } = options;
  checkTokenizer(model, tokenizer);
  const { "max_position_embeddings": positions } = model.config;
  const wording = { maxTokens: positions, template };
  const { encoded, tooLong } = encodeTasks(tokenizer, tasks, wording);
  for (const { task, tokens } of tooLong) {
    throw new RangeError(
      `Cannot measure the loss on task ${
        tasks.indexOf(task)
      } as it must fit into the model's ${positions} positions: current length is ${tokens} tokens`,
    );
  }
  const indices = new Map(encoded.map((task, index) => [task, index]));
  const longest = Math.max(1, ...encoded.map(({ ids }) => ids.length));
  const width = Math.min(positions, Math.ceil(longest / STEP) * STEP);
  const started = performance.now();
  const measure = measureOf(model);
  let [done, tokens] = [0, 0];
  for (const batch of packBatches(encoded, { width, rows })) {
    const losses = await measure(model.weights, batch);
    for (const [i, task] of batch.tasks.entries()) {
      const index = indices.get(task)!;
      const bytes = ENCODER.encode(tasks[index]!.output).length;
      yield { kind: "loss", index, loss: { ...losses[i]!, bytes } };
    }
    done += batch.tasks.length;
    tokens += batch.tokens;
    const ms = performance.now() - started;
    yield {
      kind: "progress",
      done,
      total: tasks.length,
      tokensPerSecond: 1000 * tokens / ms,
      msLeft: ms * (tasks.length - done) / done,
    };
    if (signal?.aborted) return;
  }
}

const STEP = 64; // rows have a multiple of so many tokens, so that few shapes occur
const ENCODER = new TextEncoder();

const made = new WeakMap<LlamaConfig, ReturnType<typeof batchLosses>>();

/** The function that measures a batch, made once for each model. */
function measureOf({ config }: Model): ReturnType<typeof batchLosses> {
  const measure = made.get(config) ?? batchLosses(config);
  made.set(config, measure);
  return measure;
}
