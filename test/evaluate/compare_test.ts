import { deepEqual, equal, throws } from "node:assert/strict";
import type { Answer } from "../../lib/evaluate/answer.ts";
import { compareAnswers } from "../../lib/evaluate/compare.ts";
import type { EvalTask } from "../../lib/evaluate/eval_tasks.ts";
import { winRate } from "../../lib/evaluate/win_rate.ts";
import golden from "../golden/evaluate.json" with { type: "json" };

const TASKS = ["cat", "dog", "hen", "cow"].map((animal, i): EvalTask => ({
  id: `${i}`,
  name: `story_${animal}`,
  instruction: `Name the ${animal}.`,
  input: i === 0 ? "now" : "",
  output: animal,
  mustMention: [animal],
  maxWords: 3,
  isStory: true,
}));

/** Answers of which those marked "1" pass. */
function answered(marks: string): Answer[] {
  return TASKS.map((task, i) => ({
    task,
    answer: task.output,
    ended: marks[i] === "1",
    tokens: 1,
  }));
}

Deno.test("compareAnswers() lets the one that passes win, and calls all else a tie", () => {
  const { tasks, annotations, ...counts } = compareAnswers(
    TASKS,
    answered("0101"),
    answered("1100"),
  );
  deepEqual(tasks.map(({ outcome }) => outcome), ["win", "tie", "tie", "loss"]);
  deepEqual(counts, { wins: 1, ties: 2, losses: 1, ratio: 1 });
  deepEqual(annotations.map(({ preference }) => preference), [2, 1.5, 1.5, 1]);
  deepEqual(annotations[0], {
    instruction: "Name the cat.\n\nnow",
    "output_1": "cat",
    "output_2": "cat",
    annotator: "cria-automatic-checks",
    preference: 2,
  });
});

Deno.test("compareAnswers() turned round turns wins into losses", () => {
  const [a, b] = [answered("0100"), answered("1011")];
  const [there, back] = [
    compareAnswers(TASKS, a, b),
    compareAnswers(TASKS, b, a),
  ];
  deepEqual([there.wins, there.losses, there.ratio], [3, 1, 3]);
  deepEqual([back.wins, back.losses, back.ties], [1, 3, there.ties]);
  const rates = [there, back].map(({ annotations }) => winRate(annotations));
  equal(rates[0]!.winRate + rates[1]!.winRate, 100);
  equal(rates[0]!.standardError, rates[1]!.standardError);
});

Deno.test("compareAnswers() has a ratio without end where nothing is lost", () => {
  const one = answered("1000");
  equal(compareAnswers(TASKS, answered("0000"), one).ratio, Infinity);
  equal(compareAnswers(TASKS, one, one).ratio, NaN);
});

Deno.test("compareAnswers() refuses answers to other tasks", () => {
  const whole = answered("1111");
  throws(
    () => compareAnswers(TASKS, whole.slice(1), whole),
    /first model must have one for each of 4 tasks: current number is 3/,
  );
  throws(
    () => compareAnswers(TASKS, whole, whole.toReversed()),
    /second model's must be in the order of the tasks: answer 0 is to "Name the cow."/,
  );
  const holes: Answer[] = [];
  holes[3] = whole[3]!;
  throws(() => compareAnswers(TASKS, holes, whole), /answer 0 is missing/);
});

Deno.test(`winRate() agrees with NumPy ${golden.numpy}`, () => {
  for (const { preferences, ...expected } of golden.win_rates) {
    const rate = winRate(preferences.map((preference) => ({ preference })));
    equal(rate.n, preferences.length);
    equal(Math.abs(rate.winRate - expected.win_rate) < 1e-9, true);
    equal(Math.abs(rate.standardError - expected.standard_error) < 1e-9, true);
  }
});

Deno.test("winRate() leaves out what is no judgement, and reads an old tie", () => {
  const rated = winRate(
    [2, null, NaN, 0, 1, 3, -1, 0.5].map((preference) => ({ preference })),
  );
  deepEqual(rated, {
    ...winRate([2, 1.5, 1].map((preference) => ({ preference }))),
  });
  equal(rated.n, 3);
  deepEqual(winRate([]), { winRate: NaN, standardError: NaN, n: 0 });
  deepEqual(winRate([{ preference: 2 }]), {
    winRate: 100,
    standardError: NaN,
    n: 1,
  });
});
