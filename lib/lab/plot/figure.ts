import { type Bundle, jupyterDisplay } from "./bundle.ts";
import { figureBundle } from "./figure_bundle.ts";

/** One set of marks of a figure, in Plotly's own terms. */
export type Trace = Readonly<Record<string, unknown>>;

/** Titles, axes and margins of a figure, in Plotly's own terms. */
export type Layout = Readonly<Record<string, unknown>>;

/** What a figure shows, before the common look is put on it. */
export interface FigureParts {
  /** One line above the drawing. */
  title: string;
  /** A smaller line under the title. @default {""} */
  subtitle?: string;
  /** What the drawing shows, for a reader who does not see it. */
  alt: string;
  /** The same numbers as text: a few lines for terminals and diffs. */
  summary: string;
  /** The marks. */
  data: readonly Trace[];
  /** What differs from the common look. @default {{}} */
  layout?: Layout;
}

/** A plain Plotly figure with its words: the one form of every drawing of the course. */
export interface Figure {
  /** One line above the drawing. */
  readonly title: string;
  /** What the drawing shows, for a reader who does not see it. */
  readonly alt: string;
  /** The same numbers as text. */
  readonly summary: string;
  /** The marks. */
  readonly data: readonly Trace[];
  /** Titles, axes and margins; always with `width` and `height` in pixels. */
  readonly layout: Layout & { readonly width: number; readonly height: number };
  /** Behavior in a browser. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Lets the Deno kernel draw the figure where it is a cell's last expression. */
  readonly [jupyterDisplay]: () => Promise<Bundle>;
}

/**
 * Colors that people with any kind of color vision can tell apart, in the order of use.
 *
 * @see {@link https://jfly.uni-koeln.de/color/ | Okabe & Ito (2008), Color Universal Design}
 */
export const PALETTE = [
  "#0072B2",
  "#E69F00",
  "#009E73",
  "#D55E00",
  "#CC79A7",
  "#56B4E9",
  "#7F7F7F",
  "#F0E442",
] as const;

/** Colors by what they mean, the same in every drawing. */
export const COLORS = {
  ink: "#222222",
  quiet: "#5F5F5F",
  grid: "#E6E6E6",
  faint: "#C9CDD2",
  base: "#E69F00",
  tuned: "#0072B2",
  kept: "#009E73",
  dropped: "#D55E00",
} as const;

/** The letters of every drawing; all but the last have Arial's widths, by which labels are placed. */
export const FONT_FAMILY =
  'Arial, "Liberation Sans", Helvetica, system-ui, sans-serif';

/** The look of an axis; figures with more than two axes give it to the others. */
export const AXIS: Layout = {
  gridcolor: COLORS.grid,
  linecolor: "#9A9A9A",
  zeroline: false,
  automargin: true,
  tickangle: 0,
  ticks: "outside",
  ticklen: 4,
  tickcolor: "#9A9A9A",
  title: { standoff: 10, font: { size: 13 } },
};

const LOOK: Layout = {
  width: 720,
  height: 420,
  "paper_bgcolor": "#FFFFFF",
  "plot_bgcolor": "#FFFFFF",
  colorway: PALETTE,
  font: { family: FONT_FAMILY, size: 13, color: COLORS.ink },
  margin: { l: 64, r: 24, t: 84, b: 56 },
  hoverlabel: { font: { family: FONT_FAMILY } },
  xaxis: AXIS,
  yaxis: AXIS,
};

const CONFIG = {
  displaylogo: false,
  responsive: false,
  showSendToCloud: false,
  modeBarButtonsToRemove: ["sendChartToCloud", "select2d", "lasso2d"],
};

/**
 * Makes a figure: the given marks, with the look that all drawings of the course share.
 *
 * White paper of its own, so that it reads in light and dark notebooks and in print; 720 × 420
 * pixels; a palette for every kind of color vision; no button that uploads data.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const drawn = figure({
 *   title: "Two points",
 *   alt: "Two points on a rising line.",
 *   summary: "1 → 2",
 *   data: [{ type: "scatter", x: [0, 1], y: [1, 2] }],
 * });
 * equal(drawn.layout.width, 720);
 * ```
 *
 * @param parts The marks and the words.
 * @returns The figure; it shows itself as the last expression of a cell.
 */
export function figure(parts: FigureParts): Figure {
  const { title, subtitle = "", alt, summary, data, layout = {} } = parts;
  const heading: Layout = {
    title: {
      text: `<b>${plotText(title)}</b>`,
      subtitle: {
        text: plotText(subtitle),
        font: { size: 13, color: COLORS.quiet },
      },
      font: { size: 17 },
      x: 0,
      xref: "container",
      xanchor: "left",
      pad: { l: 16, t: 16 },
      y: 1,
      yref: "container",
      yanchor: "top",
    },
  };
  const drawn: Figure = {
    title,
    alt,
    summary,
    data,
    layout: merged(merged(LOOK, heading), layout) as Figure["layout"],
    config: CONFIG,
    [jupyterDisplay]: () => figureBundle(drawn),
  };
  return drawn;
}

/**
 * Says whether a value is a {@linkcode Figure}.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(isFigure({ data: [] }), false);
 * ```
 *
 * @param value Anything.
 * @returns Whether {@linkcode figure} made it, or something like it.
 */
export function isFigure(value: unknown): value is Figure {
  return typeof value === "object" && value !== null && "data" in value &&
    Array.isArray(value.data) && "layout" in value && "alt" in value &&
    "summary" in value;
}

/**
 * Makes text safe for Plotly, which reads `<b>`, `<br>` and entities in every label.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(plotText("a < b & c"), "a &lt; b &amp; c");
 * ```
 *
 * @param text Any text.
 * @returns Text that Plotly draws as it was given.
 */
export function plotText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Lays one tree of options over another; lists are replaced, not joined. */
function merged(below: Layout, above: Layout): Layout {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const under = result[key];
    result[key] = isTree(under) && isTree(value) ? merged(under, value) : value;
  }
  return result;
}

function isTree(value: unknown): value is Layout {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
