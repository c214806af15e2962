import { COLORS, type Figure, figure, plotText } from "./figure.ts";
import { textWidth } from "./text_width.ts";

/** How one comparison of two models ended. */
export interface WinRow {
  /** Who judged, or on what. */
  name: string;
  /** How often the tuned model's answer was better. */
  wins: number;
  /** How often neither was. */
  ties: number;
  /** How often the base's answer was better. */
  losses: number;
}

/** Options for {@linkcode winBar}. */
export interface WinBarOptions {
  /** One line above the drawing. @default {"Tuned against base"} */
  title?: string;
  /** Name of the model whose wins stand left. @default {"tuned"} */
  tuned?: string;
  /** Name of the other model. @default {"base"} */
  base?: string;
}

/**
 * Draws wins, ties and losses as parts of one bar a comparison, with their counts.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const drawn = winBar([{ name: "checks", wins: 40, ties: 8, losses: 4 }]);
 * equal(drawn.summary, "checks: tuned 40, tie 8, base 4 (of 52)");
 * ```
 *
 * @param rows The comparisons, from top to bottom.
 * @param options Words.
 * @returns The figure.
 */
export function winBar(
  rows: readonly WinRow[],
  options: WinBarOptions = {},
): Figure {
  const { title = "Tuned against base", tuned = "tuned", base = "base" } =
    options;
  const counts = rows.map(({ name, wins, ties, losses }) => ({
    name,
    of: wins + ties + losses,
    parts: [wins, ties, losses],
  }));
  const parts = [
    { name: `${tuned} is better`, color: COLORS.tuned, ink: "#FFFFFF" },
    { name: "tie", color: COLORS.faint, ink: COLORS.ink },
    { name: `${base} is better`, color: COLORS.base, ink: COLORS.ink },
  ];
  const summary = counts.map(({ name, of, parts: [wins, ties, losses] }) =>
    `${name}: ${tuned} ${wins}, tie ${ties}, ${base} ${losses} (of ${of})`
  ).join("\n");
  const widest = Math.max(
    0,
    ...counts.map(({ name }) => textWidth(name, { fontSize: 13 })),
  );
  return figure({
    title,
    alt: `Parts of a bar: ${summary.replaceAll("\n", "; ")}.`,
    summary,
    data: parts.map((part, i) => ({
      type: "bar",
      orientation: "h",
      name: plotText(part.name),
      y: counts.map(({ name }) => plotText(name)),
      x: counts.map((row) => share(row.parts[i]!, row.of)),
      marker: { color: part.color, line: { color: "#FFFFFF", width: 1 } },
      text: counts.map((row) => fitting(row.parts[i]!, row.of)),
      textposition: "inside",
      insidetextanchor: "middle",
      textangle: 0,
      constraintext: "none",
      insidetextfont: { color: part.ink, size: 13 },
      customdata: counts.map((row) => `${row.parts[i]} of ${row.of}`),
      hovertemplate: "%{customdata}",
    })),
    layout: {
      height: 160 + 48 * rows.length,
      margin: { l: widest + 32, r: 96, t: 92, b: 52 },
      barmode: "stack",
      bargap: 0.35,
      legend: {
        orientation: "h",
        x: 0,
        y: 1,
        yanchor: "bottom",
        traceorder: "normal",
      },
      xaxis: {
        title: { text: "share of the comparisons" },
        range: [0, 100],
        ticksuffix: "%",
        showgrid: false,
      },
      yaxis: {
        autorange: "reversed",
        ticks: "",
        ticklabelstandoff: 8,
        showline: false,
      },
      annotations: counts.map(({ parts }, i) => ({
        text: parts.join(" : "),
        x: 100,
        y: i,
        xanchor: "left",
        xshift: 6,
        showarrow: false,
        font: { color: COLORS.quiet },
      })),
    },
  });
}

function share(part: number, of: number): number {
  return of === 0 ? 0 : 100 * part / of;
}

/** The count, if its part of the bar is wide enough for it; all counts stand beside the bar anyway. */
function fitting(part: number, of: number): string {
  const label = String(part);
  const room = share(part, of) / 100 * 500;
  return textWidth(label, { fontSize: 13 }) + 6 <= room ? label : "";
}
