import type { Answer } from "./answer.ts";
import { checkAnswer, type CheckResult } from "./checks.ts";
import type { EvalTask } from "./eval_tasks.ts";
import type { Annotation } from "./win_rate.ts";

/** Who is better on one task: the second, none, or the first. */
export type Outcome = "win" | "tie" | "loss";

/** One task with both answers, and what the checks say of them. */
export interface ComparedTask {
  /** The task. */
  task: EvalTask;
  /** What the checks say of the first answer. */
  a: CheckResult;
  /** What the checks say of the second answer. */
  b: CheckResult;
  /** Whether the second answer wins. */
  outcome: Outcome;
}

/** How two models compare on the same tasks. */
export interface Comparison {
  /** Task by task. */
  tasks: ComparedTask[];
  /** Number of tasks that the second wins. */
  wins: number;
  /** Number of tasks on which neither wins. */
  ties: number;
  /** Number of tasks that the first wins. */
  losses: number;
  /** Wins a loss; `Infinity` without losses, and `NaN` without wins too. */
  ratio: number;
  /** The same in AlpacaEval's form, the first as baseline. */
  annotations: Annotation[];
}

/** The annotator that comparisons by {@linkcode checkAnswer} name. */
export const AUTOMATIC_CHECKS = "cria-automatic-checks";

/**
 * Compares the answers of two models by the automatic checks: on each task, the one that passes all
 * of them wins if the other does not; otherwise it is a tie.
 *
 * Passing is all that counts: of two answers that pass, or of two that fail, none is better here,
 * by however many checks they differ. {@linkcode checkAnswer} says what the checks cannot see.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const task = {
 *   id: "1", name: "story_kite", instruction: "Tell of a kite.", input: "", output: "A kite flew.",
 *   mustMention: ["kite"], maxWords: 60, isStory: true,
 * };
 * const base = { task, answer: "A kite and a kite and", ended: false, tokens: 9 };
 * const tuned = { task, answer: "The kite flew.", ended: true, tokens: 5 };
 * const { wins, ties, losses, annotations } = compareAnswers([task], [base], [tuned]);
 * deepEqual([wins, ties, losses, annotations[0]?.preference], [1, 0, 0, 2]);
 * ```
 *
 * @param tasks The tasks.
 * @param a Answers of the baseline, in the order of the tasks.
 * @param b Answers of the model that is judged, in the same order.
 * @returns Who wins, task by task and counted.
 * @throws {RangeError} If an answer is missing or belongs to another task.
 */
export function compareAnswers(
  tasks: readonly EvalTask[],
  a: readonly Answer[],
  b: readonly Answer[],
): Comparison {
  checkOrder(tasks, a, "first");
  checkOrder(tasks, b, "second");
  const compared = tasks.map((task, i): ComparedTask => {
    const results = {
      a: checkAnswer(task, a[i]!),
      b: checkAnswer(task, b[i]!),
    };
    return { task, ...results, outcome: outcomeOf(results.a, results.b) };
  });
  const count = (asked: Outcome) =>
    compared.filter(({ outcome }) => outcome === asked).length;
  const [wins, ties, losses] = [count("win"), count("tie"), count("loss")];
  const annotations = compared.map(({ task, outcome }, i): Annotation => ({
    instruction: fullInstruction(task),
    "output_1": a[i]!.answer,
    "output_2": b[i]!.answer,
    annotator: AUTOMATIC_CHECKS,
    preference: PREFERENCES[outcome],
  }));
  const ratio = wins / losses;
  return { tasks: compared, wins, ties, losses, ratio, annotations };
}

const PREFERENCES: Readonly<Record<Outcome, number>> = {
  win: 2,
  tie: 1.5,
  loss: 1,
};

/** Who wins by passing alone. */
function outcomeOf(a: CheckResult, b: CheckResult): Outcome {
  if (a.passes === b.passes) return "tie";
  return b.passes ? "win" : "loss";
}

/** Instruction and input in one, as AlpacaEval's files have them. */
function fullInstruction({ instruction, input }: EvalTask): string {
  return input === "" ? instruction : `${instruction}\n\n${input}`;
}

/** Refuses answers that are not those of the tasks, one for each. */
function checkOrder(
  tasks: readonly EvalTask[],
  answers: readonly Answer[],
  which: string,
): void {
  if (answers.length !== tasks.length) {
    throw new RangeError(
      `Cannot compare answers as the ${which} model must have one for each of ${tasks.length} tasks: current number is ${answers.length}`,
    );
  }
  for (const [i, task] of tasks.entries()) {
    const asked = answers[i]?.task;
    if (
      asked?.instruction === task.instruction && asked.input === task.input
    ) continue;
    throw new RangeError(
      `Cannot compare answers as the ${which} model's must be in the order of the tasks: answer ${i} is ${
        asked === undefined ? "missing" : `to "${asked.instruction}"`
      }, task ${i} is "${task.instruction}"`,
    );
  }
}
