import { fileURLToPath } from "node:url";
import { TextLineStream } from "./line_stream.ts";
import { type Layout, pythonEnvironment } from "../setup/layout.ts";
import {
  NOTEBOOK_TIMEOUT,
  type RunEvent,
  type RunNotebookOptions,
} from "./run_event.ts";

const RUNNER = fileURLToPath(new URL("./run_notebook.py", import.meta.url));

/**
 * Runs a notebook in a fresh Deno kernel of Jupyter, and writes the executed copy.
 *
 * @example Usage
 * ```ts ignore
 * const options = { place: layout(), copy: "checkpoints/course/03.ipynb" };
 * for await (const event of runInKernel("notebooks/03_filter.ipynb", options)) console.log(event);
 * ```
 *
 * @param path The notebook.
 * @param options Where set-up put Python, and how to run.
 * @returns What happens; the last event is always `end`.
 */
export async function* runInKernel(
  path: string,
  options: RunNotebookOptions & { place: Layout },
): AsyncGenerator<RunEvent> {
  const { place, copy, env = {}, timeout = NOTEBOOK_TIMEOUT } = options;
  const child = new Deno.Command(place.python, {
    args: ["-I", RUNNER, path, copy, String(timeout)],
    env: { ...pythonEnvironment(place), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  let ended = false;
  try {
    const lines = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const event: RunEvent = JSON.parse(line);
      ended ||= event.kind === "end";
      yield event;
    }
    const { code } = await child.status;
    if (ended) return;
    const error = {
      cell: 0,
      source: "",
      name: "Error",
      message:
        `Cannot run notebook as its runner must end well: current value is exit code ${code}`,
      traceback: (await stderr).trim().slice(-2000),
    };
    yield { kind: "end", error };
  } finally {
    await stop(child);
    await stderr;
  }
}

/** Ends the runner, which ends its kernel, if whoever listens left early. */
async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGINT");
  } catch {
    // It has ended already.
  }
  await child.status;
}
