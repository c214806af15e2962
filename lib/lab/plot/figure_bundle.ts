import type { Bundle } from "./bundle.ts";
import type { Figure } from "./figure.ts";
import { figureToSvg } from "./svg.ts";

/**
 * Gives a figure in three forms: to explore in JupyterLab, to see anywhere, and to read.
 *
 * - `application/vnd.plotly.v1+json`: data, layout and config, for JupyterLab's Plotly renderer;
 * - `image/svg+xml`: the same drawing, still, for print, GitHub and reports;
 * - `text/plain`: title and summary, for terminals and diffs.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { figure } from "cria/lab/plot/figure.ts";
 *
 * const bundle = await figureBundle(figure({
 *   title: "Two points",
 *   alt: "Two points on a rising line.",
 *   summary: "1 → 2",
 *   data: [{ type: "scatter", x: [0, 1], y: [1, 2] }],
 * }));
 * deepEqual(Object.keys(bundle), [
 *   "application/vnd.plotly.v1+json",
 *   "image/svg+xml",
 *   "text/plain",
 * ]);
 * ```
 *
 * @param figure The figure.
 * @returns Its forms.
 */
export async function figureBundle(figure: Figure): Promise<Bundle> {
  const { data, layout, config } = figure;
  return {
    "application/vnd.plotly.v1+json": { data, layout, config },
    ...await figureFrame(figure),
  };
}

/**
 * Gives a figure in its still forms, SVG and text: one frame of a drawing that changes.
 *
 * JupyterLab's Plotly renderer never redraws an output in place; an image does.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { figure } from "cria/lab/plot/figure.ts";
 *
 * const frame = await figureFrame(figure({
 *   title: "Nothing yet",
 *   alt: "Empty axes.",
 *   summary: "no points",
 *   data: [],
 * }));
 * equal(frame["text/plain"], "Nothing yet\nno points");
 * ```
 *
 * @param figure The figure.
 * @returns Its forms.
 */
export async function figureFrame(figure: Figure): Promise<Bundle> {
  const { title, summary } = figure;
  return {
    "image/svg+xml": await figureToSvg(figure),
    "text/plain": `${title}\n${summary}`,
  };
}
