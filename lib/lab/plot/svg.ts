import { sha256 } from "../../core/hash.ts";
import type { Figure } from "./figure.ts";
import { escapeHtml } from "./html.ts";
import { loadPlotly } from "./plotly.ts";

/**
 * Draws a figure as SVG with Plotly, without a browser.
 *
 * The same figure gives the same bytes. Ids inside the drawing come from its content, so that
 * several drawings can stand in one page. Cost: 50 to 300 ms, and a second more for the first.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 * import { figure } from "cria/lab/plot/figure.ts";
 *
 * const svg = await figureToSvg(figure({
 *   title: "Two points",
 *   alt: "Two points on a rising line.",
 *   summary: "1 → 2",
 *   data: [{ type: "scatter", x: [0, 1], y: [1, 2] }],
 * }));
 * match(svg, /^<svg .*Two points.*<\/svg>$/s);
 * ```
 *
 * @param figure The figure.
 * @returns One `svg` element with a description for readers who do not see it.
 */
export function figureToSvg(figure: Figure): Promise<string> {
  const drawn = turn.then(() => draw(figure));
  turn = drawn.catch(() => "");
  return drawn;
}

/** The drawing before this one: they take turns, as they share one stream of ids. */
let turn: Promise<string> = Promise.resolve("");

async function draw(figure: Figure): Promise<string> {
  const plotly = await loadPlotly();
  const { data, layout, alt } = figure;
  const { width, height } = layout;
  const page = plotly.page();
  const content = JSON.stringify({ data, layout });
  plotly.seed(Number.parseInt(sha256(content).slice(0, 8), 16));
  try {
    await plotly.newPlot(page, plotly.copy(data), plotly.copy(layout), {
      staticPlot: true,
    });
    const options = { format: "svg", width, height, imageDataOnly: true };
    const svg = await plotly.toImage(page, options);
    return described(svg, alt);
  } finally {
    plotly.purge(page);
    page.remove();
  }
}

function described(svg: string, alt: string): string {
  const text = escapeHtml(alt);
  return svg.trim().replace(
    /^<svg ([^>]*)>/,
    (_, attributes) =>
      `<svg role="img" aria-label="${text}" ${attributes}><title>${text}</title>`,
  );
}
