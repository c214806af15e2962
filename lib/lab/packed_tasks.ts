import type { Batch } from "../tokens/pack.ts";

/** A task as it lies in a batch. */
export interface PackedTask {
  /** Number of the row, from 0. */
  row: number;
  /** Place of its first token in the row. */
  start: number;
  /** Its ids. */
  ids: number[];
  /** The place that each id is told to have in its own task. */
  positions: number[];
  /** The ids that are to be predicted within it, in order. */
  labels: number[];
}

/**
 * Reads the tasks of a batch back from its arrays alone, as the training step sees them.
 *
 * @example What was laid side by side comes back
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { packBatches } from "cria";
 *
 * const task = { ids: Int32Array.of(1, 7, 2), promptLength: 1 };
 * const [batch] = packBatches([task, task], { width: 6, rows: 1 });
 * deepEqual(packedTasks(batch!).map(({ start, labels }) => ({ start, labels })), [
 *   { start: 0, labels: [7, 2] },
 *   { start: 3, labels: [7, 2] },
 * ]);
 * ```
 *
 * @param batch The batch.
 * @returns Its tasks, row by row.
 */
export function packedTasks(batch: Batch): PackedTask[] {
  const { rows, width, ids, positions, segments } = batch;
  const labels = new Map<number, number>(); // by the place that they are predicted from
  for (const [i, from] of batch.from.entries()) {
    if (batch.weights[i]! > 0) labels.set(from, batch.labels[i]!);
  }
  const tasks: PackedTask[] = [];
  for (let at = 0; at < rows * width; at++) {
    const segment = segments[at]!;
    if (segment === 0) continue;
    const start = at % width;
    if (start === 0 || segments[at - 1] !== segment) {
      const row = Math.floor(at / width);
      tasks.push({ row, start, ids: [], positions: [], labels: [] });
    }
    const task = tasks.at(-1)!;
    task.ids.push(ids[at]!);
    task.positions.push(positions[at]!);
    const label = labels.get(at);
    if (label !== undefined) task.labels.push(label);
  }
  return tasks;
}
