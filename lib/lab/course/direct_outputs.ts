import type { Cell, Output } from "./notebook.ts";

/**
 * Adds printed text to a cell's outputs, to the last of the same stream where there is one.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const cell = { cell_type: "code" as const, source: "", outputs: [] };
 * addStreams(cell, { stream: "stdout", text: "a" });
 * addStreams(cell, { stream: "stdout", text: "b" });
 * equal(cell.outputs.length, 1);
 * ```
 *
 * @param cell The cell; nothing is done without one.
 * @param text What was printed.
 */
export function addStreams(
  cell: Cell | undefined,
  { stream, text }: { stream: "stdout" | "stderr"; text: string },
): void {
  const last = cell?.outputs?.at(-1);
  if (last?.output_type === "stream" && last.name === stream) {
    last.text = [last.text].flat().join("") + text;
  } else {
    cell?.outputs?.push({ "output_type": "stream", name: stream, text });
  }
}

/**
 * Adds what was shown to the outputs of the cells that showed it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const cell = { cell_type: "code" as const, source: "", outputs: [] };
 * addDisplays([cell], '{"cell":1}\n{"bundle":{"text/plain":"hi"},"update":false}\n');
 * equal(cell.outputs.length, 1);
 * ```
 *
 * @param cells The code cells of a notebook.
 * @param log Lines of JSON: `{ cell }` as a cell begins, and `{ bundle, displayId, update }` for each thing
 * shown, as `cria/lab/plot/screen.ts` writes them.
 */
export function addDisplays(cells: readonly Cell[], log: string): void {
  const shown = new Map<string, Output>();
  let cell: Cell | undefined;
  for (const line of log.split("\n")) {
    if (line.trim() === "") continue;
    const entry: Entry = JSON.parse(line);
    if ("cell" in entry) {
      cell = cells[entry.cell - 1];
      continue;
    }
    const { bundle, displayId, update } = entry;
    const old = displayId === undefined ? undefined : shown.get(displayId);
    if (update && old?.output_type === "display_data") {
      old.data = bundle;
      continue;
    }
    const output: Output = {
      "output_type": "display_data",
      data: bundle,
      metadata: {},
    };
    cell?.outputs?.push(output);
    if (displayId !== undefined) shown.set(displayId, output);
  }
}

type Entry = { cell: number } | {
  bundle: Record<string, unknown>;
  displayId?: string;
  update: boolean;
};
