/**
 * `deno task setup`: sets up what is missing, and nothing else.
 *
 * Exits with 0 even where something could not be set up, as the course runs without it.
 *
 * @module
 */

import { announcer } from "../setup/announce.ts";
import { timeTaken } from "../setup/time_taken.ts";
import { setUp } from "../setup/setup.ts";
import { Terminal } from "../setup/terminal.ts";

if (import.meta.main) {
  const terminal = new Terminal();
  const { jupyter, library, changed, problems, ms } = await setUp({
    onEvent: announcer(terminal),
  });
  if (!changed) {
    for (const problem of problems) terminal.line(`! ${problem}`);
  }
  if (!jupyter) {
    terminal.line(
      "! Without JupyterLab, Deno runs the notebooks' cells itself.",
    );
  }
  if (!library) {
    terminal.line("! Without TensorFlow's library, the WASM engine computes.");
  }
  const state = problems.length === 0 ? "complete" : "as complete as it gets";
  terminal.line(`Set-up is ${state} (${timeTaken(ms)})`);
}
