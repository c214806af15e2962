import { exists } from "./exists.ts";
import { installLibrary } from "./install_library.ts";
import { writeKernel } from "./kernel.ts";
import { type Layout, layout } from "./layout.ts";
import { lookAtMachine } from "./machine.ts";
import { findMissing } from "./missing.ts";
import { installPackages } from "./packages.ts";
import { type Target, WHEELS } from "./pins.ts";
import { explainFailure } from "./problem.ts";
import { findPython } from "./python.ts";
import { type OnEvent, Steps } from "./step.ts";
import type { Machine } from "./target.ts";
import { inTurn } from "./turn.ts";
import { makeVenv } from "./venv.ts";

/** Options for {@linkcode setUp}. */
export interface SetupOptions {
  /** The folder to set up; the project's if it is left out. */
  root?: string;
  /** Is told of what happens; nobody is if it is left out. */
  onEvent?: OnEvent;
  /** Commands that may be a Python; the usual names if it is left out. */
  pythons?: readonly string[];
  /** What the machine is like; as it is seen if it is left out. */
  machine?: Machine;
}

/** How set-up ended. */
export interface SetupReport {
  /** Whether notebooks can run in Jupyter. */
  readonly jupyter: boolean;
  /** Whether the best libtensorflow for this machine is installed. */
  readonly library: boolean;
  /** Whether anything was missing. */
  readonly changed: boolean;
  /** What could not be done, and what would mend it, a line each. */
  readonly problems: readonly string[];
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/**
 * Sets up what is missing: a virtual environment with JupyterLab, libtensorflow, and the kernel's entry.
 *
 * A step that is complete is skipped, and one that was interrupted is done again. What cannot be set up is
 * a problem in the report, not an error: the course then runs without it.
 *
 * @example Usage
 * ```ts ignore
 * const { problems } = await setUp();
 * ```
 *
 * @param options Where, and with what.
 * @returns What there is now.
 */
export async function setUp(options: SetupOptions = {}): Promise<SetupReport> {
  const start = performance.now();
  const place = layout(options.root);
  const machine = options.machine ?? await lookAtMachine(place.root);
  const steps = new Steps(options.onEvent);
  const before = await findMissing(place, machine);
  if (before.problem !== undefined) steps.problems.push(before.problem);
  let after = before;
  if (before.any) {
    try {
      await inTurn(place, () => mend(place, machine, { ...options, steps }));
    } catch (error) {
      const outcome = { code: 1, stdout: "", stderr: String(error) };
      steps.problems.push(explainFailure("change the folder .venv", outcome));
    }
    after = await findMissing(place, machine);
  }
  return {
    jupyter: !after.packages && !after.kernel,
    library: after.hasLibrary,
    changed: before.any,
    problems: steps.problems,
    ms: performance.now() - start,
  };
}

/** Does what is missing; looks again first, as another process may have done it meanwhile. */
async function mend(
  place: Layout,
  machine: Machine,
  { pythons, steps }: { pythons?: readonly string[]; steps: Steps },
): Promise<void> {
  if (!await exists(place.python)) {
    const choice = await findPython(pythons ? { names: pythons } : {});
    const made = await steps.run(
      { step: "python", doing: "Making", done: "Made" },
      choice.kind === "found"
        ? `the folder .venv (Python ${choice.version})`
        : "the folder .venv",
      () => makeVenv(place, choice),
    );
    if (!made) return;
  }
  const { packages, target, kernel } = await findMissing(place, machine);
  await Promise.all([
    packages && steps.run(
      { step: "packages", doing: "Installing", done: "Installed" },
      "JupyterLab",
      () => installPackages(place),
    ),
    target && steps.run(
      { step: "library", doing: "Installing", done: "Installed" },
      `TensorFlow's library (${target}, ${megabytes(target)} MB)`,
      () => installLibrary(place, target, steps.progress("library")),
    ),
  ]);
  if (kernel) {
    await steps.run(
      { step: "kernel", doing: "Writing", done: "Wrote" },
      "the entry of Deno's kernel",
      async () => void (await writeKernel(place)),
    );
  }
}

function megabytes(target: Target): number {
  return WHEELS[target].reduce((sum, wheel) => sum + wheel.megabytes, 0);
}
