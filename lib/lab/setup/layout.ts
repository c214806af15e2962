import { delimiter, join } from "node:path";
import { projectPath } from "../../core/paths.ts";

/** Where set-up puts things, all of them below one folder. */
export interface Layout {
  /** The folder that is set up; the project's, except in tests. */
  readonly root: string;
  /** The virtual environment. */
  readonly venv: string;
  /** The virtual environment's Python. */
  readonly python: string;
  /** Jupyter's own folder in the virtual environment. */
  readonly jupyter: string;
  /** The file that tells Jupyter how to start Deno's kernel. */
  readonly kernel: string;
  /** The folder into which the parts of TensorFlow's wheels go. */
  readonly library: string;
  /** The file that remembers what is complete. */
  readonly stamp: string;
  /** A folder for downloads, on the same disk; empty between runs. */
  readonly scratch: string;
}

/**
 * Lists the places that set-up fills.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(layout().kernel, /\.venv.share.jupyter.kernels.deno.kernel\.json$/);
 * ```
 *
 * @param root The folder to set up.
 * @returns Absolute paths.
 */
export function layout(root: string = projectPath()): Layout {
  const venv = join(root, ".venv");
  const windows = Deno.build.os === "windows";
  const jupyter = join(venv, "share", "jupyter");
  return {
    root,
    venv,
    python: windows
      ? join(venv, "Scripts", "python.exe")
      : join(venv, "bin", "python"),
    jupyter,
    kernel: join(jupyter, "kernels", "deno", "kernel.json"),
    library: join(venv, "lib", "cria"),
    stamp: join(venv, "cria.json"),
    scratch: join(venv, "tmp"),
  };
}

/**
 * Gives the environment in which the virtual environment's Python runs.
 *
 * Our kernel goes before any other kernel called "deno", and packages of the user's own stay out.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(pythonEnvironment(layout()).PYTHONNOUSERSITE, "1");
 * ```
 *
 * @param place Where set-up puts things.
 * @returns Variables to add to this process's own.
 */
export function pythonEnvironment(place: Layout): Record<string, string> {
  const paths = [place.jupyter, Deno.env.get("JUPYTER_PATH") ?? ""];
  return {
    JUPYTER_PATH: paths.filter((path) => path !== "").join(delimiter),
    JUPYTER_PREFER_ENV_PATH: "1",
    JUPYTER_PLATFORM_DIRS: "1",
    PYTHONNOUSERSITE: "1",
    PYTHONUTF8: "1",
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    PIP_USER: "0",
  };
}
