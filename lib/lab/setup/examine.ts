import type { ListedDevice } from "../../engine/devices.ts";
import { openEngine } from "../../engine/engine.ts";
import { type Layout, layout } from "./layout.ts";
import { lookAtMachine } from "./machine.ts";
import { findMissing } from "./missing.ts";
import { pythonVersion } from "./python.ts";

/** What there is to work with on this machine. */
export interface Examination {
  /** The engine that computes: `"tensorflow"`, `"webgpu"`, `"wasm"` or `"cpu"`; `null` if none works. */
  readonly engine: string | null;
  /** The device in words; `null` if no engine works. */
  readonly device: string | null;
  /** Every device that the engine could compute on; empty if no engine works. */
  readonly devices: readonly ListedDevice[];
  /** The precision in which training is fastest, and why; `null` if no engine works. */
  readonly precision: string | null;
  /** The file of the native library; `null` on other engines. */
  readonly library: string | null;
  /** The version that the native library reports; `null` on other engines. */
  readonly libraryVersion: string | null;
  /** The version of Deno. */
  readonly deno: string;
  /** The file that tells Jupyter how to start this Deno; `null` if notebooks cannot run in Jupyter. */
  readonly kernel: string | null;
  /** The version of the virtual environment's Python; `null` if there is none. */
  readonly python: string | null;
  /** What is missing or worse than it could be, and what would mend it, a line each. */
  readonly problems: readonly string[];
}

/**
 * Looks at what there is to work with: opens the engine, and compares the set-up with what it should be.
 *
 * @example Usage
 * ```ts ignore
 * const { engine, problems } = await examine();
 * ```
 *
 * @param place Where set-up puts things.
 * @returns What there is. Never rejects for something that is missing.
 */
export async function examine(place: Layout = layout()): Promise<Examination> {
  const missing = await findMissing(place, await lookAtMachine(place.root));
  const python = await pythonVersion(place.python) ?? null;
  const engine = await openOrExplain();
  const problems = [...engine.problems];
  if (python === null) problems.push(mend("Python", "virtual environment"));
  else if (missing.packages) problems.push(mend("Jupyter", "pinned packages"));
  else if (missing.kernel) problems.push(mend("Jupyter", "entry of this Deno"));
  if (missing.problem !== undefined) problems.push(missing.problem);
  else if (missing.target !== undefined && engine.library === null) {
    problems.push(mend("TensorFlow", `library for ${missing.target}`));
  }
  return {
    engine: engine.engine,
    device: engine.device,
    devices: engine.devices,
    precision: engine.precision,
    library: engine.library,
    libraryVersion: engine.libraryVersion,
    deno: Deno.version.deno,
    kernel: python === null || missing.packages || missing.kernel
      ? null
      : place.kernel,
    python,
    problems,
  };
}

function mend(what: string, missing: string): string {
  return `Cannot use ${what} fully as there must be the ${missing}: current value is none. Run \`deno task setup\``;
}

/** Opens the engine; one that does not open is a problem like any other. */
async function openOrExplain() {
  try {
    return await openEngine();
  } catch (error) {
    const problems = [String(error)];
    return {
      engine: null,
      device: null,
      devices: [],
      precision: null,
      library: null,
      libraryVersion: null,
      problems,
    };
  }
}
