import { projectPath } from "../core/paths.ts";
import { tableRows } from "../io/csv_table.ts";
import { readText } from "../io/text.ts";
import { checkTasks, type PlacedTask } from "../seed/check.ts";
import type { Example } from "../seed/task.ts";
import { missingWords, wordCount } from "./words.ts";

/** A task that no model may learn from, and what every good answer to it has. */
export interface EvalTask extends Example {
  /** Unique in its file, such as `"eval_task_12"`. */
  id: string;
  /** A few words in `snake_case`; the first says the field (`"story_ben_red_kite"`). */
  name: string;
  /** Words, names or phrases that the task asks for, so that every good answer has them. */
  mustMention: string[];
  /** Most words that a good answer has. */
  maxWords: number;
  /** Whether it is about a story for children: its name begins with `"story_"`. */
  isStory: boolean;
}

/** Columns of a file of evaluation tasks. */
export const EVAL_COLUMNS = [
  "id",
  "name",
  "instruction",
  "input",
  "output",
  "must_mention",
  "max_words",
] as const;

/**
 * Reads the tasks that answers are judged on, and checks every one.
 *
 * The words that an answer must have stand in one field, parted by semicolons. Every task's own
 * output has to pass what is asked of others: a check that the reference fails is no fair one.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, `id,name,instruction,input,output,must_mention,max_words
 * 1,story_kite,Tell of Ben and a kite.,,Ben has a kite.,Ben; kite,60
 * `);
 * const [task] = await readEvalTasks(path);
 * deepEqual(task?.mustMention, ["Ben", "kite"]);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file, comma-separated values; without it, the project's own.
 * @returns The tasks in the order of the file.
 * @throws {SyntaxError} If the file is malformed.
 * @throws {RangeError} If an id is there twice, a text that must be there is empty, or a task's own
 * output lacks a word or is too long.
 */
export async function readEvalTasks(
  path: string = projectPath("data", "eval_tasks.csv"),
): Promise<EvalTask[]> {
  return checkTasks(placedTasks(await readText(path), path));
}

/** The tasks of a text, each with its line. */
function* placedTasks(
  text: string,
  file: string,
): Generator<PlacedTask<EvalTask>> {
  for (const row of tableRows(text, { columns: EVAL_COLUMNS, file })) {
    const { place, fields } = row;
    const task: EvalTask = {
      id: fields.id,
      name: fields.name,
      instruction: fields.instruction,
      input: fields.input,
      output: fields.output,
      mustMention: list(fields.must_mention, place),
      maxWords: wholeNumber(fields.max_words, place),
      isStory: fields.name.startsWith("story_"),
    };
    checkReference(task, place);
    yield { place, task };
  }
}

/** Refuses a task whose own output would not pass. */
function checkReference(task: EvalTask, place: string): void {
  const missing = missingWords(task.output, task.mustMention);
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot take ${place} as its own output must mention "${
        missing[0]
      }": current output is ${JSON.stringify(task.output)}`,
    );
  }
  const words = wordCount(task.output);
  if (words > task.maxWords) {
    throw new RangeError(
      `Cannot take ${place} as its own output must have at most ${task.maxWords} words: current number is ${words}`,
    );
  }
}

/** Words parted by semicolons; none if the field is empty. */
function list(field: string, place: string): string[] {
  if (field.trim() === "") return [];
  const words = field.split(";").map((word) => word.trim());
  if (!words.every((word) => /[\p{L}\p{N}]/u.test(word))) {
    throw new SyntaxError(
      `Cannot read ${place} as its must_mention must be words parted by semicolons: current value is ${
        JSON.stringify(field)
      }`,
    );
  }
  return words;
}

/** A number of words. */
function wholeNumber(field: string, place: string): number {
  const text = field.trim();
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new SyntaxError(
      `Cannot read ${place} as its max_words must be a whole number above 0: current value is ${
        JSON.stringify(field)
      }`,
    );
  }
  return Number(text);
}
