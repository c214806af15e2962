import { doesNotMatch, equal, match } from "node:assert/strict";
import type { Cell, Notebook, Output } from "../../lib/lab/course/notebook.ts";
import { drawPage } from "../../lib/lab/course/page.ts";
import { drawCell, drawOutput } from "../../lib/lab/course/page_cell.ts";
import type { CourseReport } from "../../lib/lab/course/report.ts";

const REPORT: CourseReport = {
  startedAt: "2026-01-02T03:04:05.678Z",
  seconds: 61,
  ok: false,
  deno: "2.9.6",
  mode: "direct",
  engine: { engine: "wasm", device: "CPU <1 core>", libraryVersion: null },
  preset: "tiny",
  notebooks: [{
    name: "01_a",
    ok: false,
    seconds: 1.25,
    cells: 1,
    error: {
      cell: 1,
      source: "",
      name: "Error",
      message: "<b>",
      traceback: "",
    },
  }],
  headline: { tasksKept: 312 },
  problems: ["no <library>"],
};

function bundle(data: Record<string, unknown>): Output {
  return { "output_type": "display_data", data, metadata: {} };
}

Deno.test("drawPage() escapes all that is text, and says how the cells ran", () => {
  const cells: Cell[] = [{
    "cell_type": "code",
    source: "a <script>",
    outputs: [],
  }];
  const copy: Notebook = {
    cells,
    metadata: {},
    nbformat: 4,
    "nbformat_minor": 5,
  };
  const page = drawPage(REPORT, new Map([["01_a", copy]]));
  match(page, /2026-01-02 03:04:05 UTC/);
  match(page, /Cells executed directly by Deno/);
  match(page, /CPU &lt;1 core&gt;/);
  match(page, /no &lt;library&gt;/);
  match(page, /Code cell 1 failed: Error: &lt;b&gt;/);
  match(page, /a &lt;script&gt;/);
  match(page, /<dd>312<\/dd>/);
});

Deno.test("drawPage() needs nothing from outside", () => {
  const page = drawPage(REPORT, new Map());
  // So the browser runs no script, wherever in an output it may hide, and fetches nothing.
  match(
    page,
    /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; /,
  );
  doesNotMatch(page, /(src|href)="(https?:)?\/\//);
  doesNotMatch(page, /<script|<link|@import|url\(/);
});

Deno.test("drawOutput() takes the richest form that needs no script", () => {
  const svg = ["<svg>", "</svg>"];
  const all = {
    "image/svg+xml": svg,
    "text/html": "<b>x</b>",
    "text/plain": "x",
  };
  match(
    drawOutput(bundle(all)),
    /^<img src="data:image\/svg\+xml;base64,PHN2Zz48L3N2Zz4="/,
  );
  match(drawOutput(bundle({ "image/png": "aGk=\n" })), /base64,aGk="/);
  equal(
    drawOutput(
      bundle({
        "text/html": "<b>x</b><script>alert(1)</script>",
        "text/plain": "x",
      }),
    ),
    '<div class="html"><b>x</b></div>\n',
  );
  match(
    drawOutput(bundle({ "text/plain": ["a<", "b"] })),
    /<pre class="stdout">a&lt;b</,
  );
  equal(drawOutput(bundle({ "application/json": {} })), "");
});

Deno.test("drawOutput() shows an error once, without a terminal's colors", () => {
  const error: Output = {
    "output_type": "error",
    ename: "TypeError",
    evalue: "bad",
    traceback: ["\x1b[31mTypeError: bad\x1b[39m", "    at <anonymous>:1:1"],
  };
  equal(
    drawOutput(error),
    '<pre class="error">TypeError: bad\n    at &lt;anonymous&gt;:1:1</pre>\n',
  );
  match(drawOutput({ ...error, traceback: [] }), />TypeError: bad</);
});

Deno.test("drawCell() leaves out cells without text, and raw ones", () => {
  equal(drawCell({ "cell_type": "code", source: "\n" }), "");
  equal(drawCell({ "cell_type": "raw", source: "x" }), "");
});
