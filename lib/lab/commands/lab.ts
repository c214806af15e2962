/**
 * `deno task lab`: sets up what is missing and opens JupyterLab on the notebooks. Arguments go to
 * JupyterLab, such as `--no-browser` or `--port 9000`.
 *
 * @module
 */

import { join } from "node:path";
import { announcer } from "../setup/announce.ts";
import { exists } from "../setup/exists.ts";
import { type Layout, layout, pythonEnvironment } from "../setup/layout.ts";
import { setUp } from "../setup/setup.ts";
import { Terminal } from "../setup/terminal.ts";

const START = "notebooks/00_start_here.ipynb";

if (import.meta.main) {
  const terminal = new Terminal();
  const { jupyter } = await setUp({ onEvent: announcer(terminal) });
  if (!jupyter) {
    terminal.line(
      "Cannot open JupyterLab as it must be set up first: see above.\n" +
        "Without it, `deno task course` runs the notebooks and writes them to checkpoints/course/report.html.",
    );
    Deno.exit(1);
  }
  // npm's way, `deno task lab -- --port 9000`, leaves the two dashes in; JupyterLab would stop reading at them.
  const args = Deno.args[0] === "--" ? Deno.args.slice(1) : Deno.args;
  Deno.exit(await openLab(layout(), args));
}

/** Runs JupyterLab until it ends; gives its exit code. */
async function openLab(place: Layout, args: string[]): Promise<number> {
  const first = await exists(join(place.root, START)) ? START : "notebooks";
  const child = new Deno.Command(place.python, {
    args: [
      "-m",
      "jupyterlab",
      `--ServerApp.root_dir=${place.root}`,
      `--LabApp.default_url=/lab/tree/${first}`,
      "--MultiKernelManager.default_kernel_name=deno",
      "--KernelSpecManager.ensure_native_kernel=False", // There is no Python kernel to look for.
      "--LanguageServerManager.autodetect=False",
      ...(Deno.uid() === 0 ? ["--allow-root"] : []), // JupyterLab refuses root otherwise; containers are root.
      ...args,
    ],
    cwd: place.root,
    env: pythonEnvironment(place),
  }).spawn();
  // JupyterLab gets the terminal's Ctrl-C too, asks what to do, and this process has to wait for the answer.
  Deno.addSignalListener("SIGINT", () => {});
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  }
  return (await child.status).code;
}
