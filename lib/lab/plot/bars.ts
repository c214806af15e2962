import { COLORS, type Figure, figure, PALETTE, plotText } from "./figure.ts";
import { textWidth } from "./text_width.ts";

/** Options for {@linkcode bars}. */
export interface BarsOptions {
  /** One line above the drawing. */
  title: string;
  /** What the numbers are, with their unit: the name of the axis. @default {"tasks"} */
  unit?: string;
  /** Digits behind the point in the labels. @default {0} */
  digits?: number;
}

/**
 * Draws a number for each category as lying bars, one color a group; groups named `base` and `tuned`
 * have the colors that they have everywhere.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const drawn = bars({ kept: { story: 120, general: 80 } }, { title: "Kept" });
 * match(drawn.summary, /story +120/);
 * ```
 *
 * @param groups Numbers by group and category; a group that lacks a category counts as zero there.
 * For a single group its name is not drawn.
 * @param options Words.
 * @returns The figure.
 */
export function bars(
  groups: Readonly<Record<string, Readonly<Record<string, number>>>>,
  options: BarsOptions,
): Figure {
  const { title, unit = "tasks", digits = 0 } = options;
  const names = Object.keys(groups);
  const categories = [
    ...new Set(Object.values(groups).flatMap((group) => Object.keys(group))),
  ];
  const value = (group: string, category: string) =>
    groups[group]?.[category] ?? 0;
  const label = (number: number) =>
    number.toLocaleString("en-US", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const widest = Math.max(
    0,
    ...categories.map((category) => textWidth(category, { fontSize: 13 })),
  );
  const lines = categories.map((category) =>
    `${category.padEnd(20)} ${
      names.map((name) => label(value(name, category)).padStart(8)).join(" ")
    }`
  );
  const head = `${"".padEnd(20)} ${
    names.map((name) => name.padStart(8)).join(" ")
  }`;
  return figure({
    title,
    alt: `Bars of ${unit}: ${
      lines.map((line) => line.replaceAll(/\s+/g, " ")).join("; ")
    }.`,
    summary: (names.length > 1 ? [head, ...lines] : lines).join("\n"),
    data: names.map((name, i) => ({
      type: "bar",
      orientation: "h",
      name: plotText(name),
      y: categories.map(plotText),
      x: categories.map((category) => value(name, category)),
      text: categories.map((category) => label(value(name, category))),
      textposition: "outside",
      cliponaxis: false,
      marker: { color: OWN[name] ?? PALETTE[i % PALETTE.length] },
      hovertemplate: "%{y}: %{text}",
    })),
    layout: {
      height: 140 + categories.length * (14 + 20 * names.length),
      margin: { l: widest + 32, r: 64, t: names.length > 1 ? 96 : 60, b: 56 },
      bargap: 0.25,
      showlegend: names.length > 1,
      legend: {
        orientation: "h",
        x: 0,
        y: 1,
        yanchor: "bottom",
        traceorder: "normal",
      },
      xaxis: { title: { text: plotText(unit) } },
      yaxis: {
        autorange: "reversed",
        ticks: "",
        ticklabelstandoff: 8,
        showgrid: false,
      },
    },
  });
}

/** Colors of groups that stand for the same in every drawing. */
const OWN: Readonly<Record<string, string>> = {
  base: COLORS.base,
  tuned: COLORS.tuned,
};
