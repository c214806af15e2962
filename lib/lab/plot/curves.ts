import { type Figure, figure, PALETTE, plotText } from "./figure.ts";

/** A point of a curve. */
export interface CurvePoint {
  /** Where. */
  x: number;
  /** How much. */
  y: number;
}

/** Options for {@linkcode curves}. */
export interface CurvesOptions {
  /** One line above the drawing. */
  title: string;
  /** A smaller line under the title. @default {""} */
  subtitle?: string;
  /** What runs along the lower axis, with its unit. */
  x: string;
  /** What is drawn, with its unit. */
  y: string;
}

/**
 * Draws curves over one axis, a color each.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const points = [{ x: 0, y: 1 }, { x: 5, y: 3 }];
 * const drawn = curves({ rate: points }, { title: "Rate", x: "step", y: "rate" });
 * equal(drawn.summary, "rate: 2 points, from 1 to 3, highest 3 at 5");
 * ```
 *
 * @param groups The points of each curve by its name, in order; a single curve's name is not drawn.
 * @param options Words.
 * @returns The figure.
 */
export function curves(
  groups: Readonly<Record<string, readonly CurvePoint[]>>,
  options: CurvesOptions,
): Figure {
  const { title, subtitle = "", x, y } = options;
  const entries = Object.entries(groups);
  const highest = Math.max(
    ...entries.flatMap(([, points]) => points.map((point) => point.y)),
  );
  const summary = entries.map(([name, points]) => describe(name, points))
    .join("\n");
  return figure({
    title,
    subtitle,
    alt: `Curves of ${y} against ${x}: ${summary.replaceAll("\n", "; ")}.`,
    summary,
    data: entries.map(([name, points], i) => ({
      type: "scatter",
      mode: "lines",
      name: plotText(name),
      x: points.map((point) => point.x),
      y: points.map((point) => Number(point.y.toPrecision(6))),
      line: { color: PALETTE[i % PALETTE.length], width: 2.5 },
      hovertemplate: "%{x}: %{y}",
    })),
    layout: {
      margin: { t: subtitle === "" && entries.length === 1 ? 60 : 96 },
      showlegend: entries.length > 1,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      xaxis: { title: { text: plotText(x) } },
      yaxis: {
        title: { text: plotText(y) },
        rangemode: "tozero",
        exponentformat: "e",
        minexponent: highest < 0.01 ? 0 : 6, // Rates as 3e-4, counts in full.
      },
    },
  });
}

function describe(name: string, points: readonly CurvePoint[]): string {
  if (points.length === 0) return `${name}: no points`;
  const highest = points.reduce((top, point) => point.y > top.y ? point : top);
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${name}: ${points.length} points, from ${short(first.y)} to ${
    short(last.y)
  }, highest ${short(highest.y)} at ${short(highest.x)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
