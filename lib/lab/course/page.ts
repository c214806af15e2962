import { join } from "node:path";
import { writeAtomic } from "../../io/atomic.ts";
import { escapeHtml } from "../plot/html.ts";
import { timeTaken } from "../setup/time_taken.ts";
import { describeHeadline } from "./describe_headline.ts";
import { type Notebook, readNotebook } from "./notebook.ts";
import { drawCell } from "./page_cell.ts";
import { PAGE_STYLE } from "./page_style.ts";
import type { CourseReport, NotebookResult } from "./report.ts";

/**
 * Writes `report.html`: the course's figures and all executed notebooks on one page, which needs no network.
 *
 * @example Usage
 * ```ts ignore
 * await writePage("checkpoints/course", report);
 * ```
 *
 * @param folder The course's folder, with the executed copies of the notebooks.
 * @param report How the course went.
 */
export async function writePage(
  folder: string,
  report: CourseReport,
): Promise<void> {
  const copies = new Map<string, Notebook>();
  for (const { name } of report.notebooks) {
    try {
      copies.set(name, await readNotebook(join(folder, `${name}.ipynb`)));
    } catch (error) {
      // A runner that never began leaves no copy; the page then says what the report says.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  await writeAtomic(join(folder, "report.html"), drawPage(report, copies));
}

/**
 * Draws the page of a course.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const page = drawPage({
 *   startedAt: "2026-01-01T00:00:00Z", seconds: 2, ok: true, deno: "2.9.6", mode: "kernel", engine: null,
 *   preset: "tiny", notebooks: [], headline: { tasksKept: 312 }, problems: [],
 * }, new Map());
 * match(page, /312/);
 * ```
 *
 * @param report How the course went.
 * @param copies The executed notebooks, by name.
 * @returns HTML.
 */
export function drawPage(
  report: CourseReport,
  copies: ReadonlyMap<string, Notebook>,
): string {
  const { notebooks, problems } = report;
  const sections = notebooks.map((result) =>
    drawSection(result, copies.get(result.name))
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Cria: the course</title>
<style>
${PAGE_STYLE}
</style>
</head>
<body>
<header>
<h1>Cria: the course</h1>
<p class="facts">${escapeHtml(facts(report))}</p>
${drawFigures(report)}
${
    problems.map((problem) => `<p class="failed">${escapeHtml(problem)}</p>`)
      .join("\n")
  }
${drawTable(notebooks)}
</header>
<main>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

/** What ran, when, on what, in one sentence each. */
function facts(report: CourseReport): string {
  const { startedAt, seconds, deno, engine, mode, preset } = report;
  const when = startedAt.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
  const computed = engine === null
    ? ""
    : ` Engine: ${engine.engine} on ${engine.device}${
      engine.libraryVersion ? `, TensorFlow ${engine.libraryVersion}` : ""
    }.`;
  const how = mode === "kernel"
    ? "Each notebook ran in a fresh Jupyter kernel"
    : "Cells executed directly by Deno, without Jupyter";
  return `Run on ${when} in ${timeTaken(1000 * seconds)}, preset ${preset}. ` +
    `${how} (Deno ${deno}).${computed}`;
}

function drawFigures({ headline }: CourseReport): string {
  const figures = describeHeadline(headline).map(({ label, value }) =>
    `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`
  );
  return figures.length === 0
    ? ""
    : `<dl class="figures">\n${figures.join("\n")}\n</dl>`;
}

function drawTable(notebooks: readonly NotebookResult[]): string {
  const rows = notebooks.map(({ name, ok, seconds, cells }) =>
    `<tr><td><a href="#${escapeHtml(name)}">${
      escapeHtml(name)
    }</a></td><td class="${ok ? "ok" : "failed"}">${
      ok ? "ok" : "failed"
    }</td><td class="number">${
      seconds.toFixed(1)
    }</td><td class="number">${cells}</td></tr>`
  );
  return `<nav class="scroll"><table>
<thead><tr><th>notebook</th><th></th><th class="number">seconds</th><th class="number">cells</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></nav>`;
}

function drawSection(result: NotebookResult, copy?: Notebook): string {
  const { name, error } = result;
  const note = error === undefined
    ? ""
    : `<p class="failed">${
      error.cell === 0
        ? "Failed before the first cell"
        : `Code cell ${error.cell} failed`
    }: ${escapeHtml(`${error.name}: ${error.message}`)}</p>\n`;
  const cells = copy?.cells.map(drawCell).join("") ?? "";
  return `<section id="${escapeHtml(name)}">\n${note}${cells}</section>`;
}
