import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import {
  type CourseEvent,
  type CourseOptions,
  runCourse,
} from "../../lib/lab/course/course.ts";
import { recordHeadline } from "../../lib/lab/course/headline.ts";
import { codeCells, readNotebook } from "../../lib/lab/course/notebook.ts";
import { summarize } from "../../lib/lab/course/summary.ts";
import { layout } from "../../lib/lab/setup/layout.ts";
import { lookAtMachine } from "../../lib/lab/setup/machine.ts";
import { findMissing } from "../../lib/lab/setup/missing.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { writeNotebook } from "./notebook_file.ts";

const { packages, kernel } = await findMissing(
  layout(),
  await lookAtMachine("."),
);
const MODES = [
  { mode: "direct", ignore: false, options: {} },
  {
    mode: "kernel",
    ignore: packages || kernel,
    options: { jupyter: layout() },
  },
] as const;

/** Runs a course; gives its report and all events. */
async function run(root: string, options: Partial<CourseOptions> = {}) {
  const events: CourseEvent[] = await Array.fromAsync(runCourse({
    notebooks: root,
    folder: join(root, "out"),
    timeout: 60,
    ...options,
  }));
  const last = events.at(-1);
  if (last?.kind !== "report") throw new Error("the course gave no report");
  return { report: last.report, events };
}

for (const { mode, ignore, options } of MODES) {
  Deno.test({
    name:
      `runCourse() goes on after a notebook that cannot be read, and says so (${mode})`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const root = folder.path;
      await Deno.writeTextFile(join(root, "01_torn.ipynb"), '{"cells": [');
      await writeNotebook(root, "02_after", ['console.log("still here");\n']);
      const { report } = await run(root, options);
      deepEqual(
        report.notebooks.map(({ name, ok }) => [name, ok]),
        [["01_torn", false], ["02_after", true]],
      );
      equal(report.notebooks[0]?.error?.cell, 0);
      match(summarize(report), /01_torn failed before its first cell/);
      const page = await Deno.readTextFile(join(root, "out", "report.html"));
      match(page, /Failed before the first cell: /);
    },
  });

  Deno.test({
    name:
      `runCourse() runs cells in order, keeps what they print, and goes on after a failure (${mode})`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const root = folder.path;
      await writeNotebook(root, "01_fine", [
        "# Title\n",
        "const a: number = 40;\n",
        'console.log(a + 2, Deno.env.get("CRIA_PRESET"), Deno.cwd());\n',
        ['throw new Error("meant");\n', "raises-exception"],
        ['throw new Error("left out");\n', "skip-execution"],
      ]);
      await writeNotebook(root, "02_wrong", [
        "const b = 1;\n",
        "const c = b;\nthrow new RangeError(`bad <${c}>`);\n",
        'console.log("never");\n',
      ]);
      await writeNotebook(root, "03_after", ['console.log("still here");\n']);
      const { report, events } = await run(root, {
        ...options,
        preset: "smol",
      });
      equal(report.ok, false);
      equal(report.mode, mode);
      deepEqual(
        report.notebooks.map(({ name, ok, cells }) => [name, ok, cells]),
        [
          ["01_fine", true, 4],
          ["02_wrong", false, 3],
          ["03_after", true, 1],
        ],
      );
      const [, wrong] = report.notebooks;
      equal(wrong?.error?.cell, 2);
      equal(wrong?.error?.name, "RangeError");
      equal(wrong?.error?.message, "bad <1>");
      match(wrong?.error?.source ?? "", /^const c = b;/);
      match(
        summarize(report),
        /02_wrong failed in code cell 2[^]*bad <1>[^]*03_after +ok/,
      );
      const cells = events.flatMap((event) =>
        event.kind === "cell" && event.name === "02_wrong" ? [event.index] : []
      );
      deepEqual(cells, [1, 2]);

      const fine = await readNotebook(join(root, "out", "01_fine.ipynb"));
      const printed = codeCells(fine)[1]?.outputs?.[0];
      match(
        printed?.output_type === "stream" ? [printed.text].flat().join("") : "",
        /^42 smol \S+\n$/,
      );
      const page = await Deno.readTextFile(join(root, "out", "report.html"));
      match(page, /bad &lt;1&gt;/);
      match(page, /still here/);
      const left = await Array.fromAsync(Deno.readDir(root));
      deepEqual(left.map(({ name }) => name).sort(), [
        "01_fine.ipynb",
        "02_wrong.ipynb",
        "03_after.ipynb",
        "out",
      ]);
    },
  });

  Deno.test({
    name:
      `runCourse() says where a cell that cannot be parsed is, and ends a cell that does not (${mode})`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      await writeNotebook(folder.path, "01_parse", ["const a = ;\n"]);
      await writeNotebook(folder.path, "02_loop", [
        "1;\n",
        "while (true) {}\n",
      ]);
      const { report } = await run(folder.path, { ...options, timeout: 4 });
      const [parse, loop] = report.notebooks.map(({ error }) => error);
      match(
        `${parse?.message} ${parse?.traceback}`,
        /parsed|code cell 1, line 1/,
      );
      equal(loop?.cell, 2);
      equal(loop?.name, "TimeoutError");
    },
  });
}

Deno.test("runCourse() shows pictures of cells that Deno runs itself", async () => {
  await using folder = await temporaryFolder();
  await writeNotebook(folder.path, "01_show", [
    "1;\n",
    `const line = JSON.stringify({ bundle: { "image/svg+xml": "<svg/>", "text/plain": "a 'picture'" }, update: false });
await Deno.writeTextFile(Deno.env.get("CRIA_DISPLAY_LOG")!, line + "\\n", { append: true });\n`,
  ]);
  await run(folder.path);
  const copy = await readNotebook(join(folder.path, "out", "01_show.ipynb"));
  deepEqual(codeCells(copy).map(({ outputs }) => outputs?.length), [0, 1]);
  const page = await Deno.readTextFile(join(folder.path, "out", "report.html"));
  match(
    page,
    /<img src="data:image\/svg\+xml;base64,PHN2Zy8\+" alt="a &#39;picture&#39;">/,
  );
});

Deno.test("runCourse() clears the headline, but not where only some notebooks run; old results stay then", async () => {
  await using temporary = await temporaryFolder();
  const root = temporary.path;
  const folder = join(root, "out");
  await writeNotebook(root, "01_a", ["1;\n"]);
  await writeNotebook(root, "02_b", ["2;\n"]);
  await recordHeadline({ winRate: 50 }, { folder });
  deepEqual((await run(root)).report.headline, {});
  await recordHeadline({ winRate: 60 }, { folder });
  const { report, events } = await run(root, { only: ["2"] });
  deepEqual(report.headline, { winRate: 60 });
  deepEqual(report.notebooks.map(({ name }) => name), ["01_a", "02_b"]);
  const [plan] = events;
  deepEqual(plan?.kind === "plan" && plan.names, ["02_b"]);
  deepEqual(plan?.kind === "plan" && Object.keys(plan.earlier).sort(), [
    "01_a",
    "02_b",
  ]);
});

Deno.test("runCourse() refuses a notebook that is not there before it touches anything", async () => {
  await using folder = await temporaryFolder();
  await writeNotebook(folder.path, "01_a", ["1;\n"]);
  await rejects(
    run(folder.path, { only: ["01", "09"] }),
    /must be one of 01_a: current value is 09/,
  );
  await rejects(Deno.stat(join(folder.path, "out")), Deno.errors.NotFound);
});
