import { basename, dirname, join } from "node:path";
import { writeAtomic } from "../../io/atomic.ts";
import { runModule } from "./run_module.ts";
import { addDisplays, addStreams } from "./direct_outputs.ts";
import { joinCells } from "./join_cells.ts";
import { codeCells, type Notebook, readNotebook, whole } from "./notebook.ts";
import {
  type CellError,
  NOTEBOOK_TIMEOUT,
  type RunEvent,
  type RunNotebookOptions,
} from "./run_event.ts";

/** Runs of this process so far, so that two at once do not share a file. */
let runs = 0;

/**
 * Runs a notebook's cells as one module in a fresh Deno, without Jupyter, and writes the executed copy.
 *
 * What the cells print and show is kept; the value of a cell's last line is not, as a module has no such
 * thing. The module lies beside the notebook while it runs, so that it finds what the cells find.
 *
 * @example Usage
 * ```ts ignore
 * for await (const event of runDirectly("notebooks/03_filter.ipynb", { copy: "03.ipynb" })) console.log(event);
 * ```
 *
 * @param path The notebook.
 * @param options How to run.
 * @returns What happens; the last event is always `end`.
 */
export async function* runDirectly(
  path: string,
  options: RunNotebookOptions,
): AsyncGenerator<RunEvent> {
  const { copy, env = {}, timeout = NOTEBOOK_TIMEOUT } = options;
  let notebook: Notebook;
  try {
    notebook = emptied(await readNotebook(path));
  } catch (error) {
    yield { kind: "end", error: beforeFirstCell(error as Error) };
    return;
  }
  const cells = codeCells(notebook);
  const key = `${Deno.pid}-${++runs}`;
  const name = basename(path, ".ipynb");
  const module = join(dirname(path), `.${name}.${key}.direct.ipynb.ts`);
  const log = `${copy}.${key}.displays`;
  yield { kind: "begin", cells: cells.length };
  const joined = joinCells(notebook, { before: marker, mayThrow: true });
  await Deno.writeTextFile(module, joined.text);
  await Deno.writeTextFile(log, "");
  let error: CellError | null = null;
  try {
    const events = runModule(module, {
      env: { ...env, CRIA_DISPLAY_LOG: log },
      timeout,
    });
    for await (const event of events) {
      if (event.kind === "cell") {
        const cell = cells[event.index - 1];
        if (cell) cell.execution_count = event.index;
        yield event;
      } else if (event.kind === "text") {
        addStreams(cells[event.cell - 1], event);
      } else {
        error = event.error && {
          ...event.error,
          source: whole(cells[event.error.cell - 1]?.source ?? ""),
          traceback: event.error.traceback.replaceAll(
            /(?:file:\/\/)?[^\s(]*\.direct\.ipynb\.ts:(\d+)/g,
            (_, line) => where(name, joined.locate(Number(line))),
          ),
        };
      }
    }
    addDisplays(cells, await Deno.readTextFile(log));
  } finally {
    await Deno.remove(module);
    await Deno.remove(log);
  }
  addError(notebook, error);
  await writeAtomic(copy, JSON.stringify(notebook, null, 1) + "\n");
  yield { kind: "end", error };
}

/** Tells standard output and the log of displays which cell begins; standard output takes it whole. */
function marker(cell: number): string {
  const line = JSON.stringify(JSON.stringify({ cell }) + "\n");
  return `await Deno.writeTextFile(Deno.env.get("CRIA_DISPLAY_LOG")!, ${line}, { append: true }); ` +
    `await Deno.stdout.write(new TextEncoder().encode("\\x1e${cell}\\x1e"));`;
}

function where(name: string, place?: { cell: number; line: number }): string {
  return place === undefined
    ? `${name}.ipynb`
    : `${name}.ipynb, code cell ${place.cell}, line ${place.line}`;
}

function emptied(notebook: Notebook): Notebook {
  for (const cell of codeCells(notebook)) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  return notebook;
}

/** An error that came before any cell began. */
function beforeFirstCell({ name, message }: Error): CellError {
  return { cell: 0, source: "", name, message, traceback: "" };
}

/** Puts an error under the cell that failed, as Jupyter does. */
function addError(notebook: Notebook, error: CellError | null): void {
  if (error === null) return;
  codeCells(notebook)[Math.max(0, error.cell - 1)]?.outputs?.push({
    "output_type": "error",
    ename: error.name,
    evalue: error.message,
    traceback: error.traceback === "" ? [] : error.traceback.split("\n"),
  });
}
