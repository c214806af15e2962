import { deepEqual, equal, match, ok } from "node:assert/strict";
import { jupyterDisplay } from "../../lib/lab/plot/bundle.ts";
import { figure } from "../../lib/lab/plot/figure.ts";
import { Live } from "../../lib/lab/plot/live.ts";
import { LossChart } from "../../lib/lab/plot/loss_chart.ts";
import {
  type DisplayMessage,
  inKernel,
  screen,
  setDisplay,
} from "../../lib/lab/plot/screen.ts";
import { show } from "../../lib/lab/plot/show.ts";

const POINT = figure({
  title: "Point",
  alt: "One point.",
  summary: "1",
  data: [{ type: "scatter", x: [0], y: [1] }],
});

/** What is shown while something runs. */
async function shown(run: () => Promise<unknown>): Promise<DisplayMessage[]> {
  const messages: DisplayMessage[] = [];
  setDisplay((message) => void messages.push(message));
  try {
    await run();
  } finally {
    setDisplay(undefined);
  }
  return messages;
}

Deno.test("show() takes strings, records, figures, and whatever shows itself", async () => {
  const own = { [jupyterDisplay]: () => ({ "text/plain": "mine" }) };
  const messages = await shown(async () => {
    for (const value of ["hi", [{ a: 1 }], POINT, own, new Map([[1, 2]])]) {
      await show(value);
    }
  });
  deepEqual(messages.map(({ bundle }) => Object.keys(bundle)), [
    ["text/plain"],
    ["text/html", "text/plain"],
    ["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"],
    ["text/plain"],
    ["text/plain"],
  ]);
  equal(messages[3]!.bundle["text/plain"], "mine");
  equal(messages[4]!.bundle["text/plain"], "Map(1) { 1 => 2 }");
});

Deno.test("outside a notebook nothing throws, and show() prints the text form", async () => {
  const source = `
    import { show } from "cria/lab/plot/show.ts";
    import { figure } from "cria/lab/plot/figure.ts";
    import { Live } from "cria/lab/plot/live.ts";
    await show("hello");
    await show(figure({ title: "Point", alt: "", summary: "one", data: [] }));
    const live = new Live();
    await live.update("frame");
    await live.finish("end");`;
  const { stdout, stderr, code } = await runSource(source);
  equal(code, 0, stderr);
  equal(stdout, "hello\nPoint\none\nend\n");
});

Deno.test("CRIA_DISPLAY_LOG takes each thing as a line of JSON, and of a live one only the end", async () => {
  const folder = await Deno.makeTempDir();
  const log = `${folder}/display.jsonl`;
  const source = `
    import { show } from "cria/lab/plot/show.ts";
    import { Live } from "cria/lab/plot/live.ts";
    await show("first\\nline");
    const live = new Live();
    await live.update("frame");
    await live.finish("end");`;
  const { stdout, stderr, code } = await runSource(source, {
    CRIA_DISPLAY_LOG: log,
  });
  equal(code, 0, stderr);
  equal(stdout, "");
  const lines = (await Deno.readTextFile(log)).trimEnd().split("\n").map((
    line,
  ) => JSON.parse(line));
  equal(lines.length, 2);
  deepEqual(lines[0], {
    bundle: { "text/plain": "first\nline" },
    update: false,
  });
  equal(lines[1].bundle["text/plain"], "end");
  match(lines[1].displayId, /^[\da-f-]{36}$/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("setDisplay() comes first, and undefined gives the usual place back", () => {
  const usual = screen().kind;
  setDisplay(() => {});
  equal(screen().kind, "sink");
  setDisplay(undefined);
  equal(screen().kind, usual);
  equal(inKernel(), false);
});

Deno.test("Live draws a frame now and then, makes no other, and always shows the last", async () => {
  let ms = 0;
  let made = 0;
  const messages = await shown(async () => {
    const live = new Live({ throttleMs: 250, now: () => ms });
    for (let step = 0; step < 100; step++, ms += 10) {
      await live.update(() => {
        made++;
        return `step ${step}`;
      });
    }
    await live.finish();
  });
  deepEqual(messages.map(({ bundle }) => bundle["text/plain"]), [
    "step 0",
    "step 25",
    "step 50",
    "step 75",
    "step 99",
  ]);
  equal(made, 5);
  deepEqual(messages.map(({ update }) => update), [
    false,
    true,
    true,
    true,
    true,
  ]);
  equal(new Set(messages.map(({ displayId }) => displayId)).size, 1);
});

Deno.test("Live draws less often where drawing is slow", async () => {
  let ms = 0;
  const messages = await shown(async () => {
    const live = new Live({ throttleMs: 10, share: 0.1, now: () => ms });
    for (let step = 0; step < 200; step++, ms += 10) {
      await live.update(() => {
        ms += 100;
        return "slow";
      });
    }
  });
  ok(messages.length <= 3, `${messages.length} frames`);
});

Deno.test("Live sends figures as images, and in all forms at the end", async () => {
  const messages = await shown(async () => {
    const live = new Live();
    await live.update(POINT);
    await live.finish();
  });
  deepEqual(messages.map(({ bundle }) => Object.keys(bundle)[0]), [
    "image/svg+xml",
    "application/vnd.plotly.v1+json",
  ]);
});

Deno.test("Live shows nothing if nothing was given", async () => {
  deepEqual(await shown(() => new Live().finish()), []);
});

Deno.test("LossChart draws steps and evaluations, passes over other events, and ends on the curve", async () => {
  let final = "";
  const messages = await shown(async () => {
    const chart = new LossChart({ throttleMs: 1e9 });
    await chart.add({ kind: "evaluation", step: 0, loss: 4 });
    await chart.add({ kind: "checkpoint" });
    for (const step of [1, 2]) {
      await chart.add({
        kind: "step",
        step,
        steps: 10,
        loss: 4 - step,
        learningRate: 1e-3,
        tokensPerSecond: 1200,
        msLeft: 65_000,
      });
    }
    await chart.add({ kind: "evaluation", step: 2, loss: 3.5 });
    await chart.finish();
    final = chart.figure().summary;
  });
  equal(messages.length, 2);
  equal(final, "step 2, loss 2.000, held-out 4.000 → 3.500");
  equal(messages[1]!.bundle["text/plain"], `Training\n${final}`);
  ok("application/vnd.plotly.v1+json" in messages[1]!.bundle);
});

async function runSource(
  source: string,
  env: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string; code: number }> {
  const root = new URL("../../", import.meta.url);
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", source],
    cwd: root,
    env: { NO_COLOR: "1", CRIA_DISPLAY_LOG: "", ...env },
  }).output();
  const text = new TextDecoder();
  return { stdout: text.decode(stdout), stderr: text.decode(stderr), code };
}
