import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import type { Answer } from "../../lib/evaluate/answer.ts";
import { compareAnswers } from "../../lib/evaluate/compare.ts";
import type { EvalTask } from "../../lib/evaluate/eval_tasks.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { askAll, measureAll } from "../../lib/lab/ask.ts";
import { outcomeRow, shownComparison } from "../../lib/lab/compared.ts";
import { decodeSpeed } from "../../lib/lab/decode_speed.ts";
import { drawShares } from "../../lib/lab/draw_shares.ts";
import { maskedTokens } from "../../lib/lab/masked_tokens.ts";
import { packedTasks } from "../../lib/lab/packed_tasks.ts";
import { bars } from "../../lib/lab/plot/bars.ts";
import { curves } from "../../lib/lab/plot/curves.ts";
import { COLORS } from "../../lib/lab/plot/figure.ts";
import { histogram } from "../../lib/lab/plot/histogram.ts";
import { packedRows } from "../../lib/lab/plot/packed_rows.ts";
import { Progress } from "../../lib/lab/plot/progress.ts";
import { setDisplay } from "../../lib/lab/plot/screen.ts";
import { figureToSvg } from "../../lib/lab/plot/svg.ts";
import { encodePrompt, encodeTasks } from "../../lib/tokens/encode.ts";
import { packBatches } from "../../lib/tokens/pack.ts";
import { PLAIN } from "../../lib/tokens/template.ts";
import { openTiny } from "../tiny.ts";

await openEngine(); // once for all tests: a library that is loaded stays loaded

/** A task of so many ids, the first of which are its prompt. */
function taskOf(length: number, promptLength: number, first = 10) {
  const ids = Int32Array.from({ length }, (_, i) => first + i);
  return { ids, promptLength };
}

/** Runs something and gives the last text that it showed. */
async function shownText(run: () => Promise<unknown>): Promise<string> {
  let text = "";
  setDisplay(({ bundle }) => void (text = String(bundle["text/plain"])));
  try {
    await run();
  } finally {
    setDisplay(undefined);
  }
  return text;
}

Deno.test("askAll() and measureAll() leave no holes where a run was stopped", async () => {
  await using tiny = await openTiny({ "max_position_embeddings": 512 });
  const { model, tokenizer } = tiny;
  // The longest is asked first, and stands last.
  const tasks = ["a", "the", "the singing ant and the hen"].map(
    (instruction) => ({ instruction, input: "", output: "an ant" }),
  );
  await shownText(async () => {
    for (const ask of [askAll, measureAll]) {
      const stop = new AbortController();
      setDisplay(() => stop.abort());
      const found = await ask(tasks, {
        ...{ model, tokenizer, label: "Asking", signal: stop.signal },
        ...{ batch: 1, rows: 1, maxNewTokens: 1 },
      });
      ok(found.length < tasks.length);
      ok(!found.includes(undefined as never));
    }
  });
});

Deno.test("packedTasks() gives back every task of every row, with its labels and nobody else's", () => {
  const tasks = [taskOf(5, 2, 10), taskOf(4, 3, 20), taskOf(6, 1, 30)];
  const [batch] = packBatches(tasks, { width: 10, rows: 3 });
  const found = packedTasks(batch!);
  deepEqual(found.map(({ ids }) => ids), tasks.map(({ ids }) => [...ids]));
  deepEqual(found.map(({ labels }) => labels), [
    [12, 13, 14],
    [23],
    [31, 32, 33, 34, 35],
  ]);
  deepEqual(found.map(({ row, start }) => [row, start]), [[0, 0], [0, 5], [
    1,
    0,
  ]]);
  ok(found.every(({ positions }) => positions.every((p, i) => p === i)));
});

Deno.test("packedTasks() parts a task at the end of a row from one at the start of the next", () => {
  const [batch] = packBatches([taskOf(4, 1), taskOf(4, 1)], {
    width: 4,
    rows: 2,
  });
  deepEqual(packedTasks(batch!).map(({ row }) => row), [0, 1]);
});

Deno.test("packedRows() names every row and draws the length of every task", async () => {
  const [batch] = packBatches([taskOf(50, 30), taskOf(41, 20)], {
    width: 64,
    rows: 2,
  });
  const svg = await figureToSvg(packedRows(batch!, { title: "Mine" }));
  for (const label of ["Mine", "row 1", "row 2", "50", "41"]) {
    ok(svg.includes(`>${label}<`), `${label} is not drawn`);
  }
});

Deno.test("curves() draws every curve, and names them where there are several", async () => {
  const points = [{ x: 0, y: 1 }, { x: 1, y: 0.5 }];
  const words = { title: "Two", x: "step", y: "loss" };
  const svg = await figureToSvg(
    curves({ first: points, second: points }, words),
  );
  for (const label of ["Two", "step", "loss", "first", "second"]) {
    ok(svg.includes(`>${label}<`), `${label} is not drawn`);
  }
  match(curves({ second: [] }, words).summary, /second: no points/);
});

Deno.test("histogram() shows a limit that lies beyond all bars", () => {
  const { layout } = histogram([0.2, 0.25, 0.3], { x: "x", threshold: 0.7 });
  const [low, high] = (layout["xaxis"] as { range: number[] }).range;
  ok(low! <= 0.2 && high! > 0.7);
});

Deno.test("bars() gives base and tuned the colors that they have everywhere", () => {
  const { data } = bars({ tuned: { a: 1 }, base: { a: 2 }, other: { a: 3 } }, {
    title: "",
  });
  const colors = data.map((trace) =>
    (trace["marker"] as { color: string }).color
  );
  deepEqual(colors.slice(0, 2), [COLORS.tuned, COLORS.base]);
});

Deno.test("Progress tells the time left that it is given", async () => {
  const text = await shownText(async () => {
    const progress = new Progress(10, { throttleMs: 0 });
    await progress.update(1, "", { leftMs: 75_000 });
  });
  match(text, /1 min 15 s left/);
});

Deno.test("drawShares() comes near the probabilities, sharpens, and cuts the tail off", () => {
  const near = (options: Parameters<typeof drawShares>[1], to: number[]) => {
    const shares = drawShares([0.6, 0.3, 0.1], { draws: 20_000, ...options });
    Object.values(shares).forEach((share, i) =>
      ok(Math.abs(share - to[i]!) < 1.5, `${share} is not ${to[i]}`)
    );
  };
  near({ temperature: 1 }, [60, 30, 10]);
  near({ temperature: 0.5 }, [78.26, 19.57, 2.17]);
  near({ temperature: 1, topP: 0.8 }, [66.67, 33.33, 0]);
});

Deno.test("outcomeRow() and shownComparison() tell what compareAnswers() found", () => {
  const task: EvalTask = {
    id: "1",
    name: "story_kite",
    instruction: "Tell of a kite.",
    input: "It is red.",
    output: "A kite flew.",
    mustMention: ["kite"],
    maxWords: 60,
    isStory: true,
  };
  const said = (answer: string, ended: boolean): Answer<EvalTask>[] => [
    { task, answer, ended, tokens: 3 },
  ];
  const [base, tuned] = [said("A kite and", false), said("A kite.", true)];
  const { tasks } = compareAnswers([task], base, tuned);
  deepEqual(outcomeRow("all", tasks), {
    name: "all",
    wins: 1,
    ties: 0,
    losses: 0,
  });
  const shown = shownComparison(tasks[0]!, { base, tuned });
  deepEqual(shown.answers.map(({ name, text }) => [name, text]), [
    ["base", "A kite and"],
    ["tuned", "A kite."],
  ]);
  deepEqual(shown.answers.map(({ checks }) => checks?.["ends"]), [false, true]);
  throws(() => shownComparison(tasks[0]!, { base, tuned: [] }), {
    name: "RangeError",
    message: /no answer of the tuned model/,
  });
});

Deno.test("A model is masked, asked, measured and timed", async (test) => {
  await using tiny = await openTiny();
  const { model, tokenizer } = tiny;
  const tasks = ["the", "an inn", "and the"].map((instruction) => ({
    instruction,
    input: "",
    output: `${instruction}.`,
  }));
  const who = { model, tokenizer, template: PLAIN };

  await test.step("maskedTokens() marks the answer and its end, and spells the text", () => {
    const { encoded } = encodeTasks(tokenizer, tasks, { template: PLAIN });
    const tokens = maskedTokens(tokenizer, encoded[0]!);
    const learned = tokens.filter(({ learned }) => learned);
    equal(learned.map(({ text }) => text).join(""), " the.</s>");
    deepEqual(
      tokens.flatMap(({ special }, i) => special ? [i] : []),
      [0, tokens.length - 1],
    );
  });

  await test.step("askAll() gives the answers in the order of the tasks", async () => {
    const text = await shownText(async () => {
      const options = { ...who, label: "Asking", maxNewTokens: 5 };
      const answers = await askAll(tasks, options);
      deepEqual(answers.map(({ task }) => task), tasks);
    });
    match(text, /^Asking: 3 of 3 answers/);
  });

  await test.step("measureAll() gives a loss for each task", async () => {
    const text = await shownText(async () => {
      const losses = await measureAll(tasks, { ...who, label: "Reading" });
      const { encoded } = encodeTasks(tokenizer, tasks, { template: PLAIN });
      deepEqual(
        losses.map(({ tokens }) => tokens),
        encoded.map(({ ids, promptLength }) => ids.length - promptLength),
      );
    });
    match(text, /^Reading: 3 of 3 tasks/);
  });

  await test.step("decodeSpeed() tells how many were written at a time, and how fast", async () => {
    const prompts = tasks.slice(0, 2)
      .map((task) => encodePrompt(tokenizer, task, PLAIN));
    const speed = await decodeSpeed(model, prompts, { tokens: 4 });
    equal(speed["at a time"], 2);
    ok(speed["tokens a second"] > 0);
    ok(speed["first token, ms"] >= 0);
  });
});
