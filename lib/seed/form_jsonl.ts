import type { JsonlRow } from "../io/jsonl.ts";
import type { PlacedTask } from "./check.ts";
import type { Task } from "./task.ts";

/**
 * Reads tasks in Self-Instruct's form, where one row holds a task with its `instances`.
 *
 * Every instance becomes a task of its own, so that none is lost: the first has the row's id, the
 * second that id with `#2` at its end, and so on.
 *
 * @see {@link https://github.com/yizhongw/self-instruct | Self-Instruct, data/seed_tasks.jsonl}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const value = {
 *   id: "1",
 *   name: "sky",
 *   instruction: "Name the color of the sky.",
 *   instances: [{ input: "By day.", output: "Blue." }, { input: "By night.", output: "Black." }],
 *   is_classification: false,
 * };
 * equal(tasksFromRow({ line: 1, value }, "seeds.jsonl")[1]?.task.id, "1#2");
 * ```
 *
 * @param row One line of the file.
 * @param file Name of the file, for errors.
 * @returns The tasks, each with its place.
 * @throws {SyntaxError} If a key is missing, unknown, or of another type.
 */
export function tasksFromRow(row: JsonlRow, file: string): PlacedTask[] {
  const place = `${file}:${row.line}`;
  const fields = checked(row.value, ROW, place);
  const instances = fields.instances as unknown[];
  if (instances.length === 0) {
    throw new SyntaxError(
      `Cannot read ${place} as instances must hold at least one: current number is 0`,
    );
  }
  return instances.map((instance, i) => {
    const { input, output } = checked(instance, INSTANCE, place);
    const suffix = i === 0 ? "" : `#${i + 1}`;
    return {
      place,
      task: {
        id: `${fields.id}${suffix}`,
        name: fields.name as string,
        instruction: fields.instruction as string,
        input: input as string,
        output: output as string,
        isClassification: fields.is_classification as boolean,
      },
    };
  });
}

/**
 * Writes tasks in Self-Instruct's form, byte for byte as Python's `json` would.
 *
 * Tasks that {@linkcode tasksFromRow} made of one row become one row again.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const task = { id: "1", name: "sky", instruction: "Look up.", input: "", output: "Blue.", isClassification: false };
 * equal(
 *   tasksToRows([task])[0],
 *   '{"id": "1", "name": "sky", "instruction": "Look up.", "instances": [{"input": "", "output": "Blue."}], "is_classification": false}',
 * );
 * ```
 *
 * @param tasks The tasks.
 * @returns The lines, without line ends.
 */
export function tasksToRows(tasks: readonly Task[]): string[] {
  const groups: Task[][] = [];
  for (const task of tasks) {
    const group = groups.at(-1);
    if (group !== undefined && belongs(task, group)) group.push(task);
    else groups.push([task]);
  }
  return groups.map((group) => {
    const { id, name, instruction, isClassification } = group[0]!;
    const instances = group.map(({ input, output }) =>
      `{"input": ${json(input)}, "output": ${json(output)}}`
    );
    return `{"id": ${json(id)}, "name": ${json(name)}, "instruction": ${
      json(instruction)
    }, "instances": [${
      instances.join(", ")
    }], "is_classification": ${isClassification}}`;
  });
}

const ROW = {
  id: "string",
  name: "string",
  instruction: "string",
  instances: "array",
  "is_classification": "boolean",
} as const;
const INSTANCE = { input: "string", output: "string" } as const;

/**
 * Refuses a value that has not exactly the keys and types asked for: others would be lost on
 * saving.
 */
function checked<Key extends string>(
  value: unknown,
  types: Readonly<Record<Key, string>>,
  place: string,
): Record<Key, unknown> {
  if (typeOf(value) !== "object") {
    throw new SyntaxError(
      `Cannot read ${place} as it must be an object: current type is ${
        typeOf(value)
      }`,
    );
  }
  const fields = value as Record<string, unknown>;
  for (const [key, type] of Object.entries(types)) {
    if (typeOf(fields[key]) === type) continue;
    throw new SyntaxError(
      `Cannot read ${place} as ${key} must be of type ${type}: current type is ${
        typeOf(fields[key])
      }`,
    );
  }
  for (const key of Object.keys(fields)) {
    if (key in types) continue;
    throw new SyntaxError(
      `Cannot read ${place} as the keys must be ${
        Object.keys(types).join(", ")
      }: current row has another, ${json(key)}`,
    );
  }
  return fields as Record<Key, unknown>;
}

/** `typeof`, but with `null` and `array` told apart. */
function typeOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Whether a task is the next instance of the row that a group began. */
function belongs(task: Task, group: readonly Task[]): boolean {
  const first = group[0]!;
  return task.id === `${first.id}#${group.length + 1}` &&
    task.name === first.name && task.instruction === first.instruction &&
    task.isClassification === first.isClassification;
}

/** A text as Python's `json.dumps` writes it: only ASCII. */
function json(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
