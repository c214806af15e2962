import { codeCells, type Notebook, whole } from "./notebook.ts";

/** A notebook's code as one module. */
export interface JoinedCells {
  /** The module. */
  readonly text: string;
  /**
   * Finds a line of the module in the notebook.
   *
   * @param line A line of the module, from 1.
   * @returns The code cell and the line in it, both from 1; `undefined` for a line between cells.
   */
  locate(line: number): { cell: number; line: number } | undefined;
}

/** Options for {@linkcode joinCells}. */
export interface JoinOptions {
  /** Gives a line of code to put before a cell, which is counted from 1. @default {() => ""} */
  before?: (cell: number) => string;
  /** Whether a cell with the tag `raises-exception` may throw without ending the module. @default {false} */
  mayThrow?: boolean;
}

/**
 * Joins the code cells of a notebook into one module, since Deno checks and runs no notebooks by itself.
 *
 * Cells with the tag `skip-execution` are left out, as Jupyter's runners leave them out.
 *
 * @example Usage
 * ```ts
 * import { deepEqual, match } from "node:assert/strict";
 *
 * const notebook = {
 *   cells: [{ cell_type: "code" as const, source: "const a = 1;" }, { cell_type: "code" as const, source: "a;" }],
 *   metadata: {}, nbformat: 4, nbformat_minor: 5,
 * };
 * const { text, locate } = joinCells(notebook);
 * match(text, /const a = 1;\n;\n/);
 * deepEqual(locate(text.split("\n").indexOf("a;") + 1), { cell: 2, line: 1 });
 * ```
 *
 * @param notebook The notebook.
 * @param options What to add.
 * @returns The module, and the way back from its lines.
 */
export function joinCells(
  notebook: Notebook,
  options: JoinOptions = {},
): JoinedCells {
  const { before = () => "", mayThrow = false } = options;
  const lines: string[] = [];
  const places: ({ cell: number; line: number } | undefined)[] = [];
  function add(text: string, place?: { cell: number; line: number }): void {
    lines.push(text);
    places.push(place);
  }
  codeCells(notebook).forEach((cell, i) => {
    const tags = cell.metadata?.tags ?? [];
    if (tags.includes("skip-execution")) return;
    const guarded = mayThrow && tags.includes("raises-exception");
    add(before(i + 1));
    if (guarded) add("try {");
    whole(cell.source).trimEnd().split("\n").forEach((text, j) =>
      add(text, { cell: i + 1, line: j + 1 })
    );
    add(";"); // A cell ends even where its author left out the semicolon.
    if (guarded) add("} catch (error) { console.error(String(error)); }");
  });
  add("export {};");
  return {
    text: lines.join("\n") + "\n",
    locate: (line) => places[line - 1],
  };
}
