import type { Answer } from "../evaluate/answer.ts";
import type { ComparedTask, Outcome } from "../evaluate/compare.ts";
import type { ShownComparison } from "./plot/side_by_side.ts";
import type { WinRow } from "./plot/win_bar.ts";

/**
 * Puts a compared task into the words in which `sideBySide` shows it.
 *
 * @example Usage
 * ```ts ignore
 * const { tasks } = compareAnswers(evalTasks, base, tuned);
 * await show(sideBySide(tasks.map((row) => shownComparison(row, { base, tuned }))));
 * ```
 *
 * @param row The task, with what the checks say.
 * @param answers Answers of both models, in any order.
 * @returns The task, and both answers with their checks.
 * @throws {RangeError} If a model has no answer to the task.
 */
export function shownComparison(
  row: ComparedTask,
  answers: { base: readonly Answer[]; tuned: readonly Answer[] },
): ShownComparison {
  const { task, a, b } = row;
  const said = (list: readonly Answer[], name: string) => {
    const found = list.find((answer) => answer.task === task);
    if (found !== undefined) return found.answer;
    throw new RangeError(
      `Cannot show ${task.id} as both models must have answered it: there is no answer of the ${name} model`,
    );
  };
  return {
    instruction: task.instruction,
    input: task.input,
    answers: [
      { name: "base", text: said(answers.base, "base"), checks: a.outcomes },
      { name: "tuned", text: said(answers.tuned, "tuned"), checks: b.outcomes },
    ],
  };
}

/**
 * Counts how some of the tasks of a comparison ended, for `winBar`.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const row = outcomeRow("stories", [{ outcome: "win" }, { outcome: "tie" }, { outcome: "win" }]);
 * deepEqual(row, { name: "stories", wins: 2, ties: 1, losses: 0 });
 * ```
 *
 * @param name What the tasks have in common.
 * @param rows The tasks.
 * @returns The counts.
 */
export function outcomeRow(
  name: string,
  rows: readonly Pick<ComparedTask, "outcome">[],
): WinRow {
  const count = (wanted: Outcome) =>
    rows.filter(({ outcome }) => outcome === wanted).length;
  return {
    name,
    wins: count("win"),
    ties: count("tie"),
    losses: count("loss"),
  };
}
