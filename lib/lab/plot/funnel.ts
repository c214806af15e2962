import { COLORS, type Figure, figure, plotText } from "./figure.ts";
import { textWidth } from "./text_width.ts";

/** Options for {@linkcode funnelChart}. */
export interface FunnelChartOptions {
  /** One line above the drawing. @default {"What is left after each stage"} */
  title?: string;
  /** What is counted, in the plural. @default {"tasks"} */
  unit?: string;
}

/**
 * Draws how many things are left after each stage, and how many each stage dropped.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const drawn = funnelChart([
 *   { name: "asked", count: 400 },
 *   { name: "kept", count: 300 },
 * ]);
 * match(drawn.summary, /kept +300 +75% {2}−100/);
 * ```
 *
 * @param stages The stages in order: what was done, and how many are left after it.
 * @param options Words.
 * @returns The figure.
 * @throws {RangeError} If a stage has more than the one before it.
 */
export function funnelChart(
  stages: readonly { name: string; count: number }[],
  options: FunnelChartOptions = {},
): Figure {
  const { title = "What is left after each stage", unit = "tasks" } = options;
  const rows = stages.map((stage, i) => {
    const before = stages[i - 1] ?? stage;
    if (!(stage.count >= 0 && stage.count <= before.count)) {
      throw new RangeError(
        `Cannot draw stage ${stage.name} as its count must be from 0 to ${before.count}, the count before it: current value is ${stage.count}`,
      );
    }
    const first = stages[0]!.count;
    return {
      ...stage,
      dropped: before.count - stage.count,
      share: first === 0 ? 0 : stage.count / first,
    };
  });
  const names = rows.map(({ name }) => plotText(name));
  const labels = rows.map(({ count, share }) =>
    `${number(count)}  (${percent(share)})`
  );
  const inside = rows.map(({ share }, i) =>
    width(labels[i]!) + 16 < share * BAR_ROOM
  );
  const beside = rows.map(({ dropped }, i) =>
    [
      ...(inside[i] ? [] : [labels[i]!]),
      ...(dropped === 0 ? [] : [`−${number(dropped)}`]),
    ].join("    ")
  );
  return figure({
    title,
    subtitle: `${unit} left, and dropped at the stage (gray)`,
    alt: `Bars: ${
      rows.map(({ name, count }) => `${name} ${count}`).join(", ")
    } ${unit}.`,
    summary: rows.map(({ name, count, share, dropped }) =>
      `${name.padEnd(12)} ${number(count).padStart(7)} ${
        percent(share).padStart(5)
      }${dropped === 0 ? "" : `  −${number(dropped)}`}`
    ).join("\n"),
    data: [
      {
        type: "bar",
        orientation: "h",
        name: "left",
        y: names,
        x: rows.map(({ count }) => count),
        text: labels.map((label, i) => inside[i] ? plotText(label) : ""),
        textposition: "inside",
        insidetextanchor: "start",
        insidetextfont: { color: "#FFFFFF" },
        marker: { color: COLORS.tuned },
        hovertemplate: `%{y}: %{x:,} ${plotText(unit)}<extra></extra>`,
      },
      {
        type: "bar",
        orientation: "h",
        name: "dropped here",
        y: names,
        x: rows.map(({ dropped }) => dropped),
        marker: { color: COLORS.faint },
        hovertemplate: `%{y}: %{x:,} ${plotText(unit)} dropped<extra></extra>`,
      },
    ],
    layout: {
      height: 120 + 52 * rows.length,
      barmode: "stack",
      bargap: 0.3,
      showlegend: false,
      margin: {
        l: Math.max(0, ...rows.map(({ name }) => width(name))) + 32,
        r: Math.max(0, ...beside.map(width)) + 32,
        t: 76,
        b: 20,
      },
      xaxis: { visible: false },
      yaxis: {
        autorange: "reversed",
        ticks: "",
        ticklabelstandoff: 8,
        showgrid: false,
        showline: false,
      },
      annotations: rows.map(({ count, dropped }, i) => ({
        text: plotText(beside[i]!),
        x: count + dropped,
        y: i,
        xanchor: "left",
        xshift: 4,
        showarrow: false,
        font: { color: COLORS.quiet },
      })),
    },
  });
}

/** Pixels that the longest bar has at least, with names and labels of usual length. */
const BAR_ROOM = 380;

function width(text: string): number {
  return textWidth(text, { fontSize: 13 });
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}

function percent(share: number): string {
  if (share > 0 && share < 0.01) return "<1%";
  if (share > 0.99 && share < 1) return ">99%";
  return `${Math.round(share * 100)}%`;
}
