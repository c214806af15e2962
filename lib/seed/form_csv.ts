import { formatCsv, parseCsv } from "../io/csv.ts";
import type { PlacedTask } from "./check.ts";
import type { Task } from "./task.ts";

/** Columns of a seed file, in the order in which they are written. */
export const SEED_COLUMNS = [
  "id",
  "name",
  "instruction",
  "input",
  "output",
  "is_classification",
] as const;

type Column = typeof SEED_COLUMNS[number];

/**
 * Reads tasks from comma-separated values whose columns may stand in any order.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const text = "id,name,instruction,input,output,is_classification\n1,sky,Name the color of the sky.,,Blue.,false\n";
 * equal([...tasksFromCsv(text, "seeds.csv")][0]?.task.output, "Blue.");
 * ```
 *
 * @param text The content of the file.
 * @param file Name of the file, for errors.
 * @returns The tasks, each with its place.
 * @throws {SyntaxError} If the header or a row is malformed.
 */
export function* tasksFromCsv(
  text: string,
  file: string,
): Generator<PlacedTask> {
  const [header, ...rows] = parseCsv(text, file);
  const columns = checkHeader(header?.fields ?? [], file);
  for (const { line, fields } of rows) {
    const place = `${file}:${line}`;
    if (fields.length !== columns.length) {
      throw new SyntaxError(
        `Cannot read ${place} as every row must have ${columns.length} fields: current number is ${fields.length}`,
      );
    }
    const at = (column: Column) => fields[columns.indexOf(column)]!;
    yield {
      place,
      task: {
        id: at("id"),
        name: at("name"),
        instruction: at("instruction"),
        input: at("input"),
        output: at("output"),
        isClassification: boolean(at("is_classification"), place),
      },
    };
  }
}

/**
 * Writes tasks as comma-separated values; {@linkcode tasksFromCsv} reads them back unchanged.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(tasksToCsv([]), /^id,name,/);
 * ```
 *
 * @param tasks The tasks.
 * @returns The content of a file.
 * @throws {TypeError} If a text is no well-formed Unicode.
 */
export function tasksToCsv(tasks: readonly Task[]): string {
  const rows = tasks.map((task) => [
    task.id,
    task.name,
    task.instruction,
    task.input,
    task.output,
    String(task.isClassification),
  ]);
  return formatCsv([SEED_COLUMNS, ...rows]);
}

/** Refuses a header with columns missing, twice or too many. */
function checkHeader(header: readonly string[], file: string): string[] {
  const names = header.map((name) => name.trim());
  const law = `the columns must be ${SEED_COLUMNS.join(", ")}`;
  const refuse = (problem: string) =>
    new SyntaxError(`Cannot read ${file}:1 as ${law}: ${problem}`);
  for (const column of SEED_COLUMNS) {
    if (!names.includes(column)) throw refuse(`current header lacks ${column}`);
  }
  for (const [i, name] of names.entries()) {
    if (!SEED_COLUMNS.some((column) => column === name)) {
      throw refuse(
        `current header has another column, ${JSON.stringify(name)}`,
      );
    }
    if (names.indexOf(name) !== i) {
      throw refuse(`current header has ${name} twice`);
    }
  }
  return names;
}

/** Reads `true` or `false` in any case, as spreadsheets and Python write them in capitals. */
function boolean(field: string, place: string): boolean {
  const value = field.trim().toLowerCase();
  if (value === "true") return true;
  if (value === "false") return false;
  throw new SyntaxError(
    `Cannot read ${place} as its is_classification must be true or false: current value is ${
      JSON.stringify(field)
    }`,
  );
}
