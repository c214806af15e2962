import type { Batch } from "../../tokens/pack.ts";
import { packedTasks } from "../packed_tasks.ts";
import { COLORS, type Figure, figure, PALETTE } from "./figure.ts";

/** Options for {@linkcode packedRows}. */
export interface PackedRowsOptions {
  /** One line above the drawing. @default {"A batch"} */
  title?: string;
}

/**
 * Draws the rows of a batch: which task each token belongs to, which tokens are learned, and what is
 * empty.
 *
 * Every task has a color of its own in its row; what is read is pale, what is learned is full, and
 * what is empty is left white. The number in a task is its length.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { packBatches } from "cria";
 *
 * const task = { ids: Int32Array.of(1, 7, 2), promptLength: 1 };
 * const [batch] = packBatches([task, task], { width: 8, rows: 1 });
 * equal(packedRows(batch!).summary, "row 1: 2 tasks, 6 of 8 tokens, 4 learned");
 * ```
 *
 * @param batch The batch.
 * @param options Words.
 * @returns The figure.
 */
export function packedRows(
  batch: Batch,
  options: PackedRowsOptions = {},
): Figure {
  const { title = "A batch" } = options;
  const { rows, width } = batch;
  const names = Array.from({ length: rows }, (_, row) => `row ${row + 1}`);
  const parts = packedTasks(batch).map((task, i, all) => {
    const nth = all.slice(0, i).filter(({ row }) => row === task.row).length;
    const color = COLORS_IN_ROW[nth % COLORS_IN_ROW.length]!;
    const { row, start, ids: { length }, labels: { length: learned } } = task;
    return { row, start, length, learned, color };
  });
  const lines = names.map((name, row) => {
    const own = parts.filter((part) => part.row === row);
    const tokens = own.reduce((sum, { length }) => sum + length, 0);
    const learned = own.reduce((sum, part) => sum + part.learned, 0);
    return `${name}: ${own.length} ${
      own.length === 1 ? "task" : "tasks"
    }, ${tokens} of ${width} tokens, ${learned} learned`;
  });
  const stripes = parts.flatMap(({ row, start, length, learned, color }) => {
    const middle = start + length - learned;
    const own = { row, color };
    return [
      { ...own, from: start, to: middle, opacity: 0.3, what: "read" },
      { ...own, from: middle, to: start + length, opacity: 1, what: "learned" },
    ];
  });
  return figure({
    title,
    subtitle: "pale: read · full: learned · white: empty",
    alt: `Rows of a batch as bars: ${lines.join("; ")}.`,
    summary: lines.join("\n"),
    data: [{
      type: "bar",
      orientation: "h",
      y: stripes.map(({ row }) => names[row]),
      base: stripes.map(({ from }) => from),
      x: stripes.map(({ from, to }) => to - from),
      customdata: stripes.map(({ what, from, to }) =>
        `${what}: places ${from} to ${to - 1}`
      ),
      hovertemplate: "%{customdata}<extra></extra>",
      marker: {
        color: stripes.map(({ color }) => color),
        opacity: stripes.map(({ opacity }) => opacity),
        line: { color: "#FFFFFF", width: 1 },
      },
    }],
    layout: {
      height: 140 + 48 * rows,
      barmode: "overlay",
      bargap: 0.3,
      showlegend: false,
      margin: { l: 72, r: 24, t: 84, b: 52 },
      xaxis: {
        title: { text: "place in the row, tokens" },
        range: [0, width],
        dtick: 32,
        showgrid: false,
      },
      yaxis: {
        autorange: "reversed",
        categoryorder: "array",
        categoryarray: names,
        ticks: "",
        ticklabelstandoff: 8,
        showgrid: false,
      },
      shapes: names.map((_, row) => ({
        type: "rect",
        x0: 0,
        x1: width,
        y0: row - 0.35,
        y1: row + 0.35,
        line: { color: COLORS.faint, width: 1 },
      })),
      annotations: parts.map(({ row, start, length, learned }) => ({
        text: String(length),
        x: start + (length - learned) / 2,
        y: row,
        showarrow: false,
        font: { size: 12 },
      })),
    },
  });
}

/** Neighbors that can be told apart. */
const COLORS_IN_ROW = PALETTE.slice(0, 5);
