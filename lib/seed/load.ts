import { extname } from "node:path";
import { projectPath } from "../core/paths.ts";
import { readJsonl } from "../io/jsonl.ts";
import { readText } from "../io/text.ts";
import { checkTasks, type PlacedTask } from "./check.ts";
import { tasksFromCsv } from "./form_csv.ts";
import { tasksFromRow } from "./form_jsonl.ts";
import type { Task } from "./task.ts";

/**
 * Reads the tasks that everything grows from, and checks every one.
 *
 * The form follows the extension: `.csv` with the columns of {@linkcode SEED_COLUMNS}, or `.jsonl`
 * as published by Self-Instruct. Both may begin with a byte order mark and end their lines in CRLF.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await Deno.writeTextFile(path, `id,name,instruction,input,output,is_classification
 * seed_1,color_sky,Name the color of the sky.,,Blue.,false
 * `);
 * equal((await readSeedTasks(path))[0]?.name, "color_sky");
 * await Deno.remove(path);
 * ```
 *
 * @param path The file; without it, the project's own.
 * @returns The tasks in the order of the file.
 * @throws {SyntaxError} If the file is malformed.
 * @throws {RangeError} If an id is there twice, or a text that must be there is empty.
 */
export async function readSeedTasks(
  path: string = projectPath("data", "seed_tasks.csv"),
): Promise<Task[]> {
  switch (extname(path).toLowerCase()) {
    case ".csv":
      return checkTasks(tasksFromCsv(await readText(path), path));
    case ".jsonl": {
      const placed: PlacedTask[] = [];
      for await (const row of readJsonl(path)) {
        placed.push(...tasksFromRow(row, path));
      }
      return checkTasks(placed);
    }
    default:
      throw new TypeError(
        `Cannot read ${path} as its extension must be .csv or .jsonl: current extension is ${
          JSON.stringify(extname(path))
        }`,
      );
  }
}
