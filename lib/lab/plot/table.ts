import { escapeHtml, type Fragment, fragment, STYLE } from "./html.ts";

/** One row of a table: values by the name of their column. */
export type Row = Readonly<Record<string, unknown>>;

/** Options for {@linkcode table}. */
export interface TableOptions {
  /** Names of the columns to show, in order. @default {every key, in the order of first use} */
  columns?: readonly string[];
  /** Rows that are shown at most; a last line tells how many are left out. @default {50} */
  limit?: number;
  /** Height above which the table scrolls, in pixels. @default {560} */
  maxHeight?: number;
  /** A few words above the table. @default {""} */
  title?: string;
}

/**
 * Lays records out as a table with wrapped text: numbers to the right, lines as they are.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(table([{ word: "cat", count: 3 }]).text, "word | count\ncat  | 3");
 * ```
 *
 * @typeParam Item What a row is.
 * @param rows The records; plain objects, or values of a class with public fields.
 * @param options What to show of them.
 * @returns The table.
 */
export function table<Item extends object>(
  rows: readonly Item[],
  options: TableOptions = {},
): Fragment {
  const { limit = 50, maxHeight = 560, title = "" } = options;
  const shown: Row[] = rows.slice(0, limit).map((row) =>
    Object.fromEntries(Object.entries(row))
  );
  const columns = options.columns ??
    [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const cells = shown.map((row) => columns.map((column) => row[column]));
  const left = rows.length - shown.length;
  const note = left === 0 ? "" : `… and ${left.toLocaleString("en-US")} more`;
  const head = columns.map((column, i) =>
    `<th style="${CELL};${
      alignment(cells[0]?.[i])
    };position:sticky;top:0;background:var(--jp-layout-color2, #f2f2f2)">${
      escapeHtml(column)
    }</th>`
  ).join("");
  const body = cells.map((row) =>
    `<tr style="background:transparent">${
      row.map((value) =>
        `<td style="${CELL};${alignment(value)};white-space:pre-wrap">${
          escapeHtml(cellText(value))
        }</td>`
      ).join("")
    }</tr>`
  ).join("");
  const html = `<div style="${STYLE.text};margin:4px 0">${
    title === "" ? "" : `<b>${escapeHtml(title)}</b>`
  }<div style="${STYLE.border};${STYLE.ground};max-height:${maxHeight}px;overflow:auto;width:fit-content;max-width:100%"><table style="border-collapse:collapse;border-spacing:0;margin:0;font-size:13px;color:inherit"><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div><div style="${STYLE.quiet}">${note}</div></div>`;
  const text = [title, asText(columns, cells), note];
  return fragment(html, text.filter((part) => part !== "").join("\n"));
}

/**
 * Says whether a value is a list of records.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(isRows([{ a: 1 }]), true);
 * equal(isRows([1, 2]), false);
 * ```
 *
 * @param value Anything.
 * @returns Whether it can be laid out as a table.
 */
export function isRows(value: unknown): value is readonly Row[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((row) =>
      typeof row === "object" && row !== null && !Array.isArray(row) &&
      !ArrayBuffer.isView(row)
    );
}

const CELL =
  "padding:5px 10px;vertical-align:top;border-bottom:1px solid var(--jp-border-color2, #ddd);max-width:420px;overflow-wrap:break-word";

/** Columns of a terminal that one cell takes at most. */
const TEXT_WIDTH = 40;

function alignment(value: unknown): string {
  return typeof value === "number" || typeof value === "bigint"
    ? "text-align:right;font-variant-numeric:tabular-nums"
    : "text-align:left";
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" && !Number.isInteger(value)) {
    return String(Number(value.toPrecision(4)));
  }
  if (Array.isArray(value)) return value.map(cellText).join(", ");
  return typeof value === "object"
    ? Deno.inspect(value, { colors: false })
    : String(value);
}

function asText(
  columns: readonly string[],
  cells: readonly (readonly unknown[])[],
): string {
  const lines = [columns, ...cells].map((row) =>
    row.map((value) => shortened(cellText(value)))
  );
  const widths = columns.map((_, i) =>
    Math.max(...lines.map((line) => line[i]!.length))
  );
  return lines.map((line) =>
    line.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ").trimEnd()
  ).join("\n");
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= TEXT_WIDTH ? line : `${line.slice(0, TEXT_WIDTH - 1)}…`;
}
