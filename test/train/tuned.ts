import * as tf from "@tensorflow/tfjs";
import { equal, ok } from "node:assert/strict";
import { loadModel, type Model } from "../../lib/model/load.ts";
import type { Example } from "../../lib/seed/task.ts";
import { encodeTasks } from "../../lib/tokens/encode.ts";
import type { Tokenizer } from "../../lib/tokens/tokenizer.ts";
import type { TrainEvent } from "../../lib/train/events.ts";
import { finetune, type FinetuneOptions } from "../../lib/train/finetune.ts";
import { heldOutLoss, meanLoss } from "../../lib/train/held_out.ts";
import "../engine/native.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { tinyModel, tinyTokenizer } from "../tiny.ts";

/** A template that asks with the instruction alone. */
export const template = {
  name: "bare",
  render: ({ instruction }: Pick<Example, "instruction">) => instruction,
};
/** A task without an input. */
export const task = (instruction: string, output: string): Example => ({
  instruction,
  input: "",
  output,
});
/** Four tasks, each with an answer of two letters. */
export const TASKS = ["ab", "bc", "cd", "da"].map((pair) =>
  task(pair[0]!.toUpperCase(), pair[1]!.repeat(2))
);

/** What a test starts from. */
export interface Start {
  model: Model;
  tokenizer: Tokenizer;
  /** Where the result goes; not there yet. */
  folder: string;
  /** Options that make a run short. */
  options: FinetuneOptions;
}

/** A test of a tiny model that must leave no tensor behind. */
export function tunedTest(
  name: string,
  action: (start: Start) => Promise<void>,
) {
  Deno.test(name, async () => {
    await using parent = await temporaryFolder();
    const before = tf.memory().numTensors;
    const model = tinyModel({}, { spread: 0.4 });
    const tokenizer = await tinyTokenizer(`${parent.path}/base`);
    const folder = `${parent.path}/tuned`;
    const short = { template, width: 16, rows: 2, epochs: 2, seed: 1 };
    const options = { tokenizer, folder, ...short };
    await action({ model, tokenizer, folder, options });
    model.dispose();
    equal(tf.memory().numTensors, before);
  });
}

/** Runs to the end and collects what happens. */
export async function run(
  { model, options }: Start,
  change: Partial<FinetuneOptions> = {},
  tasks: readonly Example[] = TASKS,
): Promise<TrainEvent[]> {
  return await Array.fromAsync(
    finetune(model, tasks, { ...options, ...change }),
  );
}

/** The events of one kind. */
export function only<Kind extends TrainEvent["kind"]>(
  events: readonly TrainEvent[],
  kind: Kind,
) {
  return events.filter((event): event is Extract<TrainEvent, { kind: Kind }> =>
    event.kind === kind
  );
}

/** What a checkpoint tells of its training. */
export async function stateOf(
  folder: string,
): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(`${folder}/trainer_state.json`));
}

/** Mean loss of the checkpoint of a folder on tasks. */
export async function lossOf(
  { folder, tokenizer }: Start,
  tasks: readonly Example[],
): Promise<number> {
  const model = await loadModel(folder);
  const { encoded } = encodeTasks(tokenizer, tasks, { template });
  const evaluate = heldOutLoss(model.config, encoded, { width: 16, rows: 2 });
  const loss = meanLoss(await evaluate(model.weights));
  model.dispose();
  return loss;
}

/** Asserts that a number is another, but for rounding. */
export function assertNear(actual: number, expected: number, tolerance = 1e-5) {
  ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);
}
