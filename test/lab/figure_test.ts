import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { jupyterDisplay, toBundle } from "../../lib/lab/plot/bundle.ts";
import { type Figure, figure, isFigure } from "../../lib/lab/plot/figure.ts";
import { figureFrame } from "../../lib/lab/plot/figure_bundle.ts";
import { figureToSvg } from "../../lib/lab/plot/svg.ts";

function line(title: string): Figure {
  return figure({
    title,
    alt: `A line called "${title}".`,
    summary: "1, 2",
    data: [{ type: "scatter", x: [0, 1], y: [1, 2], name: "rising line" }],
    layout: { showlegend: true, xaxis: { title: { text: "step" } } },
  });
}

Deno.test("figure() lays its layout over the common look, branch by branch", () => {
  const { layout, config } = figure({
    title: "t",
    alt: "a",
    summary: "s",
    data: [],
    layout: { height: 200, xaxis: { title: { text: "step" } } },
  });
  equal(layout.width, 720);
  equal(layout.height, 200);
  const axis = layout["xaxis"] as { automargin: boolean; title: object };
  equal(axis.automargin, true);
  deepEqual(axis.title, { standoff: 10, font: { size: 13 }, text: "step" });
  equal(config["displaylogo"], false);
  equal(config["showSendToCloud"], false);
});

Deno.test("a figure's bundle has the drawing to explore, the still one, and the text", async () => {
  const drawn = line("Loss");
  const bundle = await drawn[jupyterDisplay]();
  deepEqual(bundle["application/vnd.plotly.v1+json"], {
    data: drawn.data,
    layout: drawn.layout,
    config: drawn.config,
  });
  match(String(bundle["image/svg+xml"]), /^<svg /);
  equal(bundle["text/plain"], "Loss\n1, 2");
  deepEqual(bundle, await toBundle(drawn));
});

Deno.test("a figure's frame leaves out the form that JupyterLab does not redraw", async () => {
  deepEqual(Object.keys(await figureFrame(line("Loss"))), [
    "image/svg+xml",
    "text/plain",
  ]);
});

Deno.test("a figure survives being written as JSON", () => {
  const drawn = line("Loss");
  const { data, layout } = JSON.parse(JSON.stringify(drawn));
  deepEqual(data, drawn.data);
  deepEqual(layout, drawn.layout);
});

Deno.test("figureToSvg() writes title, axis, legend and description", async () => {
  const svg = await figureToSvg(line("How it learns"));
  for (const label of ["How it learns", "step", "rising line"]) {
    ok(svg.includes(label), `The drawing lacks "${label}"`);
  }
  match(
    svg,
    /role="img" aria-label="A line called &quot;How it learns&quot;."/,
  );
  match(svg, /width="720" height="420"/);
});

Deno.test("figureToSvg() draws markup in a title as it is written", async () => {
  const svg = await figureToSvg(line("<b>not bold</b> & <script>"));
  ok(svg.includes("&lt;b&gt;not bold&lt;/b&gt; &amp; &lt;script&gt;"));
  ok(!svg.includes("<script"));
});

Deno.test("figureToSvg() gives the same bytes for the same figure, even at the same time", async () => {
  const [a, b, other] = await Promise.all([
    figureToSvg(line("same")),
    figureToSvg(line("same")),
    figureToSvg(line("other")),
  ]);
  equal(a, b);
  const ids = (svg: string) => svg.match(/clipPath id="([^"]+)"/)?.[1];
  ok(ids(a) !== undefined);
  notEqual(ids(a), ids(other));
});

Deno.test("figureToSvg() rejects a figure that cannot be drawn, and draws the next one", async () => {
  const broken = { ...line("x"), data: [{ type: "scatter", x: 1n }] };
  const [failed, drawn] = await Promise.allSettled([
    figureToSvg(broken),
    figureToSvg(line("next")),
  ]);
  equal(failed.status, "rejected");
  equal(drawn.status, "fulfilled");
});

Deno.test("isFigure() knows figures and nothing else", () => {
  ok(isFigure(line("x")));
  for (
    const other of [null, undefined, "x", [], {}, { data: [], layout: {} }]
  ) {
    ok(!isFigure(other));
  }
});
