import {
  COLORS,
  type Figure,
  figure,
  PALETTE,
  plotText,
  type Trace,
} from "./figure.ts";
import { binned, type Bins } from "./bins.ts";

/** Options for {@linkcode histogram}. */
export interface HistogramOptions {
  /** What the values are, with their unit: the name of the axis. */
  x: string;
  /** One line above the drawing. @default {x} */
  title?: string;
  /** What is counted, in the plural: the name of the other axis. @default {"tasks"} */
  unit?: string;
  /** A limit to mark; bars above it have another color. @default {none} */
  threshold?: number;
  /** What the limit means. @default {"limit"} */
  thresholdName?: string;
  /** About how many bars to draw; their edges are round numbers. @default {40} */
  bins?: number;
}

/**
 * Draws how often which values come up.
 *
 * Several groups are drawn as outlines over each other. A bar holds the values above its left edge
 * up to and including its right edge; a limit is always an edge, so that no bar is on both sides.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const drawn = histogram([0.1, 0.4, 0.7, 0.9], { x: "ROUGE-L", threshold: 0.7 });
 * match(drawn.summary, /1 of 4 above 0\.7/);
 * ```
 *
 * @param values The values, or several groups of them by name; all finite.
 * @param options Words, the limit, and how fine to draw.
 * @returns The figure.
 * @throws {RangeError} If a value is not finite.
 */
export function histogram(
  values: readonly number[] | Readonly<Record<string, readonly number[]>>,
  options: HistogramOptions,
): Figure {
  const {
    x,
    title = x,
    unit = "tasks",
    threshold,
    thresholdName = "limit",
    bins: count = 40,
  } = options;
  const groups = isList(values) ? { "": values } : values;
  const bins = binned(groups, {
    count,
    ...(threshold === undefined ? {} : { edge: threshold }),
  });
  const names = Object.keys(groups);
  const summary = names.map((name) =>
    describe(groups[name]!, { name, unit, threshold })
  )
    .join("\n");
  return figure({
    title,
    subtitle: names.length > 1 ? "" : summary,
    alt: `Histogram of ${x}: ${summary.replaceAll("\n", "; ")}.`,
    summary,
    data: names.map((name, i) =>
      names.length === 1
        ? bars(bins, { name, limited: threshold !== undefined })
        : outline(bins, name, PALETTE[i % PALETTE.length]!)
    ),
    layout: {
      bargap: 0,
      showlegend: names.length > 1,
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      xaxis: {
        title: { text: plotText(x) },
        range: reach(bins, threshold !== undefined),
        showgrid: false,
      },
      yaxis: { title: { text: plotText(unit) }, rangemode: "tozero" },
      ...(threshold === undefined
        ? {}
        : marked(bins.edge, `${thresholdName} ${short(threshold)}`)),
    },
  });
}

/** From where to where the axis goes: over all bars, and over the limit if there is one. */
function reach({ edges, edge, size }: Bins, limited: boolean): number[] {
  const [low, high] = [edges[0]!, edges.at(-1)!];
  return limited
    ? [Math.min(low, edge - size), Math.max(high, edge + size)]
    : [low, high];
}

function bars(
  bins: Bins,
  { name, limited }: { name: string; limited: boolean },
): Trace {
  const { edges, edge: limit, size, counts } = bins;
  return {
    type: "bar",
    x: edges.slice(0, -1).map((edge) => edge + size / 2),
    y: counts[name],
    width: size,
    marker: {
      color: edges.slice(0, -1).map((edge) =>
        limited && edge > limit - size / 2 ? COLORS.dropped : COLORS.tuned
      ),
      line: { color: "#FFFFFF", width: 1 },
    },
    customdata: ranges(bins),
    hovertemplate: "%{customdata}: %{y:,}<extra></extra>",
  };
}

/** Steps instead of bars, so that groups behind each other are all seen. */
function outline(bins: Bins, name: string, color: string): Trace {
  const { edges, counts } = bins;
  const heights = counts[name]!;
  return {
    type: "scatter",
    mode: "lines",
    name: plotText(name),
    x: edges,
    y: [...heights, 0],
    line: { shape: "hv", color, width: 2 },
    fill: "tozeroy",
    fillcolor: `${color}2E`,
    customdata: [...ranges(bins), ""],
    hovertemplate: "%{customdata}: %{y:,}",
  };
}

/** What each bar holds, in words; of whole numbers the first and the last one. */
function ranges({ edges, whole, size }: Bins): string[] {
  return edges.slice(1).map((high, i) => {
    if (!whole) return `${short(edges[i]!)}–${short(high)}`;
    const last = Math.floor(high);
    return size === 1 ? `${last}` : `${last - size + 1}–${last}`;
  });
}

function marked(at: number, label: string): Record<string, unknown> {
  return {
    shapes: [{
      type: "line",
      x0: at,
      x1: at,
      y0: 0,
      y1: 1,
      yref: "paper",
      line: { color: COLORS.ink, width: 1.5, dash: "dash" },
    }],
    annotations: [{
      text: plotText(label),
      x: at,
      y: 1,
      yref: "paper",
      yanchor: "bottom",
      showarrow: false,
      font: { size: 12 },
    }],
  };
}

function describe(
  values: readonly number[],
  words: { name: string; unit: string; threshold: number | undefined },
): string {
  const { name, unit, threshold } = words;
  const sorted = values.toSorted((a, b) => a - b);
  const parts = values.length === 0 ? [`no ${unit}`] : [
    `${values.length.toLocaleString("en-US")} ${unit}`,
    `median ${short(median(sorted))}`,
    `from ${short(sorted[0]!)} to ${short(sorted.at(-1)!)}`,
  ];
  if (threshold !== undefined) {
    const above = values.filter((value) => value > threshold).length;
    parts.push(`${above} of ${values.length} above ${short(threshold)}`);
  }
  return (name === "" ? "" : `${name}: `) + parts.join(", ");
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US");
}

function isList(values: object): values is readonly number[] {
  return Array.isArray(values);
}
