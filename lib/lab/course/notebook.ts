/** A notebook in nbformat 4. */
export interface Notebook {
  /** The cells, in order. */
  cells: Cell[];
  /** The kernel and the language, and what tools add. */
  metadata: Record<string, unknown>;
  /** The version of the format: 4. */
  nbformat: number;
  /** The minor version of the format. */
  "nbformat_minor": number;
}

/** A cell of a notebook. */
export interface Cell {
  /** What the cell holds. */
  "cell_type": "code" | "markdown" | "raw";
  /** Its name, since nbformat 4.5. */
  id?: string;
  /** Its text, whole or by lines. */
  source: string | string[];
  /** What tools add, tags among it. */
  metadata?: { tags?: string[]; [key: string]: unknown };
  /** Its place in the order of execution; code cells only. */
  "execution_count"?: number | null;
  /** What it gave; code cells only. */
  outputs?: Output[];
}

/** What a code cell gave. */
export type Output =
  | { "output_type": "stream"; name: string; text: string | string[] }
  | {
    "output_type": "display_data" | "execute_result";
    data: Record<string, unknown>;
    metadata: Record<string, unknown>;
    "execution_count"?: number | null;
  }
  | {
    "output_type": "error";
    ename: string;
    evalue: string;
    traceback: string[];
  };

/**
 * Reads a notebook.
 *
 * @example Usage
 * ```ts
 * import { rejects } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ipynb" });
 * await Deno.writeTextFile(path, "{}");
 * await rejects(readNotebook(path), /Cannot read notebook/);
 * await Deno.remove(path);
 * ```
 *
 * @param path An `.ipynb` file.
 * @returns The notebook.
 * @throws {SyntaxError} If the file is not a notebook in nbformat 4.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  const text = await Deno.readTextFile(path);
  let notebook: unknown;
  try {
    notebook = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(
      `Cannot read notebook as ${path} must be JSON: ${
        (error as Error).message
      }`,
    );
  }
  if (isNotebook(notebook)) return notebook;
  throw new SyntaxError(
    `Cannot read notebook as ${path} must have cells in nbformat 4: current value is ${
      text.slice(0, 60)
    }`,
  );
}

/**
 * Gives text that nbformat stores whole or by lines.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(whole(["a\n", "b"]), "a\nb");
 * ```
 *
 * @param text The text.
 * @returns The text in one piece.
 */
export function whole(text: string | string[]): string {
  return [text].flat().join("");
}

/**
 * Gives the code cells of a notebook, in order.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const cells: Cell[] = [{ cell_type: "markdown", source: "Hi" }, { cell_type: "code", source: "1" }];
 * equal(codeCells({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }).length, 1);
 * ```
 *
 * @param notebook The notebook.
 * @returns Its code cells, not copies of them.
 */
export function codeCells(notebook: Notebook): Cell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}

function isNotebook(value: unknown): value is Notebook {
  return typeof value === "object" && value !== null && "nbformat" in value &&
    value.nbformat === 4 && "cells" in value && Array.isArray(value.cells) &&
    value.cells.every(isCell);
}

function isCell(cell: unknown): cell is Cell {
  return typeof cell === "object" && cell !== null && "source" in cell &&
    "cell_type" in cell &&
    ["code", "markdown", "raw"].includes(String(cell.cell_type));
}
