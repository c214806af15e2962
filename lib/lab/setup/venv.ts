import { join } from "node:path";
import { run } from "./command.ts";
import { exists } from "./exists.ts";
import { type Layout, pythonEnvironment } from "./layout.ts";
import { explainFailure } from "./problem.ts";
import type { PythonChoice } from "./python.ts";

/**
 * Makes the virtual environment, or makes it anew where its Python has gone.
 *
 * The library in it stays, as it does not depend on Python.
 *
 * @example Usage
 * ```ts ignore
 * const problem = await makeVenv(layout(), await findPython());
 * ```
 *
 * @param place Where it goes.
 * @param choice The Python to make it with.
 * @returns The problem, if there is one.
 */
export async function makeVenv(
  place: Layout,
  choice: PythonChoice,
): Promise<string | undefined> {
  if (choice.kind === "none") return choice.problem;
  try {
    await removeOld(place);
    await Deno.mkdir(place.scratch, { recursive: true });
  } catch (error) {
    return explainFailure("make the folder .venv", failure(error));
  }
  const outcome = await run(
    choice.command,
    ["-I", "-m", "venv", place.venv],
    { env: pythonEnvironment(place) },
  );
  if (outcome.code === 0 && await exists(place.python)) return undefined;
  return explainFailure("make the folder .venv", outcome);
}

/** Removes what belongs to a Python that is no longer there. */
async function removeOld({ venv, stamp }: Layout): Promise<void> {
  if (!await exists(venv)) return;
  const old = ["bin", "Scripts", "Lib", "lib64", "pyvenv.cfg"]
    .map((name) => join(venv, name));
  const lib = join(venv, "lib");
  if (await exists(lib)) {
    for await (const { name } of Deno.readDir(lib)) {
      if (name.startsWith("python")) old.push(join(lib, name));
    }
  }
  for (const path of [...old, stamp]) await removeIfThere(path);
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function failure(error: unknown) {
  return { code: 1, stdout: "", stderr: String(error) };
}
