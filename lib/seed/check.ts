import type { Task } from "./task.ts";

/** What tasks of all files have in common. */
export type NamedTask = Pick<
  Task,
  "id" | "name" | "instruction" | "input" | "output"
>;

/**
 * A task with the place that it was read from.
 *
 * @typeParam Item Type of the task.
 */
export interface PlacedTask<Item extends NamedTask = Task> {
  /** The file, and the line or row in it: `"seeds.csv:12"`. */
  place: string;
  /** The task. */
  task: Item;
}

/**
 * Holds tasks to the laws of a file of tasks: every task has an id of its own, a name, an instruction
 * and an output.
 *
 * @example Two tasks with one id
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * const task = { id: "a", name: "a", instruction: "Say a.", input: "", output: "a", isClassification: false };
 * throws(() => checkTasks([{ place: "line 2", task }, { place: "line 3", task }]), {
 *   message: 'Cannot take line 3 as its id must be unique: current id is "a", as in line 2',
 * });
 * ```
 *
 * @typeParam Item Type of the tasks.
 * @param placed The tasks, each with the place that an error names.
 * @returns The tasks.
 * @throws {RangeError} If a law is broken.
 */
export function checkTasks<Item extends NamedTask>(
  placed: Iterable<PlacedTask<Item>>,
): Item[] {
  const places = new Map<string, string>();
  const tasks: Item[] = [];
  for (const { place, task } of placed) {
    for (const key of ["id", "name", "instruction", "output"] as const) {
      if (task[key].trim() !== "") continue;
      throw new RangeError(
        `Cannot take ${place} as its ${key} must not be empty: current value is ${
          JSON.stringify(task[key])
        }`,
      );
    }
    const earlier = places.get(task.id);
    if (earlier !== undefined) {
      throw new RangeError(
        `Cannot take ${place} as its id must be unique: current id is ${
          JSON.stringify(task.id)
        }, as in ${earlier}`,
      );
    }
    places.set(task.id, place);
    tasks.push(task);
  }
  return tasks;
}
