import { run } from "./command.ts";

/** The oldest Python that the pinned packages run on. */
export const OLDEST_PYTHON: readonly [number, number] = [3, 10];

const NAMES = [
  "python3",
  "python",
  "python3.13",
  "python3.12",
  "python3.11",
  "python3.10",
];

/** A Python that will do, or why there is none. */
export type PythonChoice =
  | { kind: "found"; command: string; version: string }
  | { kind: "none"; problem: string };

/**
 * Looks for a Python that is new enough: the one that the environment variable `CRIA_PYTHON`
 * names, else the usual names on `PATH`.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal((await findPython({ names: ["no-such-python"] })).kind, "none");
 * ```
 *
 * @param options Which names to try.
 * @returns The first that will do.
 */
export async function findPython(
  options: { names?: readonly string[] } = {},
): Promise<PythonChoice> {
  const named = Deno.env.get("CRIA_PYTHON");
  const { names = named ? [named] : NAMES } = options;
  const old: string[] = [];
  for (const command of names) {
    const version = await pythonVersion(command);
    if (version === undefined) continue;
    if (isNewEnough(version)) return { kind: "found", command, version };
    old.push(`${version} (${command})`);
  }
  const least = OLDEST_PYTHON.join(".");
  const found = old.length > 0 ? old.join(", ") : `none of ${names.join(", ")}`;
  return {
    kind: "none",
    problem:
      `Cannot set up JupyterLab as there must be a Python of at least ${least}: current value is ${found}. ` +
      "Install one (Debian, Ubuntu: `sudo apt install python3 python3-venv`), or name one in CRIA_PYTHON, " +
      "and run `deno task setup` again.",
  };
}

/**
 * Asks a Python for its version.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(await pythonVersion("no-such-python"), undefined);
 * ```
 *
 * @param command A path, or a name on `PATH`.
 * @returns Its version, such as `"3.12.1"`; `undefined` if it is not there or does not run.
 */
export async function pythonVersion(
  command: string,
): Promise<string | undefined> {
  const script = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  const { code, stdout } = await run(command, ["-c", script]);
  const version = stdout.trim();
  return code === 0 && /^\d+\.\d+\.\d+$/.test(version) ? version : undefined;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = OLDEST_PYTHON;
  return major > leastMajor || major === leastMajor && minor >= leastMinor;
}
