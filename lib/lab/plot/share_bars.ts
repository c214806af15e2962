import { COLORS, type Figure, figure, plotText } from "./figure.ts";
import { wilsonInterval } from "../../evaluate/wilson.ts";

/** How many of how many. */
export interface Share {
  /** How many did. */
  hits: number;
  /** Of how many. */
  of: number;
}

/** A share before and after. */
export interface ShareRow {
  /** What is asked, such as `"ends by itself"`. */
  name: string;
  /** The base's share. */
  before: Share;
  /** The tuned model's share. */
  after: Share;
}

/** Options for {@linkcode shareBars}. */
export interface ShareBarsOptions {
  /** One line above the drawing. @default {"Before and after"} */
  title?: string;
  /** What a share is of, in the plural. @default {"answers"} */
  unit?: string;
  /** Name of what was before. @default {"base"} */
  before?: string;
  /** Name of what came after. @default {"tuned"} */
  after?: string;
}

/**
 * Draws shares before and after as pairs of bars, with 95% intervals by Wilson.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const drawn = shareBars([
 *   { name: "ends", before: { hits: 2, of: 40 }, after: { hits: 38, of: 40 } },
 * ]);
 * equal(drawn.summary, "ends: base 5% (1–17%), tuned 95% (83–99%)");
 * ```
 *
 * @param rows The questions, from left to right.
 * @param options Words.
 * @returns The figure.
 * @throws {RangeError} If a share has more hits than there are.
 */
export function shareBars(
  rows: readonly ShareRow[],
  options: ShareBarsOptions = {},
): Figure {
  const {
    title = "Before and after",
    unit = "answers",
    before = "base",
    after = "tuned",
  } = options;
  const sides = [
    { name: before, color: COLORS.base, shares: rows.map((row) => row.before) },
    { name: after, color: COLORS.tuned, shares: rows.map((row) => row.after) },
  ].map((side) => ({ ...side, points: side.shares.map(measured) }));
  const summary = rows.map(({ name }, i) =>
    `${name}: ${
      sides.map((side) => `${side.name} ${words(side.points[i]!)}`).join(", ")
    }`
  ).join("\n");
  return figure({
    title,
    subtitle: `share of the ${unit}, with 95% intervals`,
    alt: `Pairs of bars: ${summary.replaceAll("\n", "; ")}.`,
    summary,
    data: sides.map(({ name, color, points }) => ({
      type: "bar",
      name: plotText(name),
      x: rows.map((row) => wrapped(row.name)),
      y: points.map(({ share }) => share),
      marker: { color },
      error_y: {
        type: "data",
        symmetric: false,
        array: points.map(({ share, high }) => high - share),
        arrayminus: points.map(({ share, low }) => share - low),
        color: COLORS.ink,
        thickness: 1.2,
        width: 5,
      },
      customdata: points.map(words),
      hovertemplate: "%{customdata}",
    })),
    layout: {
      margin: { t: 124 },
      bargap: 0.35,
      bargroupgap: 0.08,
      legend: { orientation: "h", x: 0, y: 1.06, yanchor: "bottom" },
      xaxis: { ticks: "", showgrid: false },
      yaxis: { range: [0, 100], ticksuffix: "%", dtick: 20 },
      annotations: sides.flatMap(({ points }, side) =>
        points.map(({ share, high }, i) => ({
          text: `<b>${Math.round(share)}%</b>`,
          x: i + (side === 0 ? -1 : 1) * 0.1625,
          y: high,
          yanchor: "bottom",
          showarrow: false,
          font: { size: 12 },
        }))
      ),
    },
  });
}

interface Measured {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** A share and its interval, in percent. */
function measured({ hits, of }: Share): Measured {
  const [low, high] = wilsonInterval(hits, of);
  return {
    share: of === 0 ? 0 : 100 * hits / of,
    low: 100 * low,
    high: 100 * high,
  };
}

function words({ share, low, high }: Measured): string {
  return `${Math.round(share)}% (${Math.round(low)}–${Math.round(high)}%)`;
}

/** Breaks a name into lines of about a dozen letters. */
function wrapped(name: string): string {
  const lines: string[] = [];
  for (const word of name.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 13) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map(plotText).join("<br>");
}
