import * as tf from "@tensorflow/tfjs";
import { openLibrary } from "./library.ts";
import { LIBRARY_PATH } from "./place.ts";
import { registerTensorflow, TENSORFLOW } from "./tensorflow_backend.ts";
import { registerWasm } from "./wasm_backend.ts";

/** The engines under tfjs, best first. */
export type EngineName = "tensorflow" | "wasm" | "cpu";

/** Which engine runs, on what, and why not a better one. */
export interface EngineReport {
  /** The engine that tfjs uses now. */
  engine: EngineName;
  /** The device in words, such as `"CPU, 2 cores"`. */
  device: string;
  /** The file of the native library; `null` on other engines. */
  library: string | null;
  /** The version that the native library reports; `null` on other engines. */
  libraryVersion: string | null;
  /** Why each better engine was passed over, with what would mend it; empty on the best. */
  problems: string[];
  /** How long the engine took to open, in milliseconds. */
  ms: number;
}

/** Options for {@linkcode openEngine}. */
export interface EngineOptions {
  /**
   * The engine to use, and no other. Without it the best that works is taken; the environment
   * variable `CRIA_ENGINE` stands in for it.
   */
  engine?: EngineName;
}

const ORDER: readonly EngineName[] = ["tensorflow", "wasm", "cpu"];
let report: EngineReport | undefined;

/**
 * Picks the best engine that works on this machine, and gives it to tfjs.
 *
 * The order is TensorFlow's own library (on a GPU if it finds one, else on the CPU), WebAssembly,
 * and plain JavaScript, which is for tests. Calling it again gives the same report at once.
 *
 * @example Usage
 * ```ts ignore
 * import { ok } from "node:assert/strict";
 *
 * const { engine, ms } = await openEngine();
 * ok(["tensorflow", "wasm", "cpu"].includes(engine) && ms >= 0);
 * ```
 *
 * @param options Which engine, if not the best.
 * @returns What was picked, and why.
 * @throws {RangeError} If there is no engine of that name.
 * @throws {Error} If the engine that was asked for does not work here.
 */
export async function openEngine(
  options: EngineOptions = {},
): Promise<EngineReport> {
  const wanted = options.engine ?? engineByName();
  if (report !== undefined && (wanted ?? report.engine) === report.engine) {
    return report;
  }
  const start = performance.now();
  const problems: string[] = [];
  for (const engine of wanted === undefined ? ORDER : [wanted]) {
    try {
      await open(engine);
      return report = {
        ...describe(engine),
        problems,
        ms: performance.now() - start,
      };
    } catch (error) {
      problems.push(explain(engine, error as Error));
    }
  }
  throw new Error(`Cannot open an engine: ${problems.join("; ")}`);
}

/**
 * Finds an engine by its name.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(engineByName("wasm"), "wasm");
 * equal(engineByName(""), undefined);
 * ```
 *
 * @param name The name; without it, the value of the environment variable `CRIA_ENGINE`.
 * @returns The engine; nothing for an empty name, which leaves the choice open.
 * @throws {RangeError} If there is no engine of that name.
 */
export function engineByName(
  name: string = Deno.env.get("CRIA_ENGINE") ?? "",
): EngineName | undefined {
  if (name === "") return undefined;
  const found = ORDER.find((engine) => engine === name);
  if (found === undefined) {
    throw new RangeError(
      `Cannot open the engine as its name (CRIA_ENGINE) must be one of ${
        ORDER.join(", ")
      }: current value is "${name}"`,
    );
  }
  return found;
}

/** Registers an engine and makes tfjs use it. */
async function open(engine: EngineName): Promise<void> {
  if (engine === TENSORFLOW) registerTensorflow();
  if (engine === "wasm") registerWasm();
  if (!await tf.setBackend(engine)) {
    throw new Error(`tfjs refused the backend "${engine}"`);
  }
  await tf.ready();
}

/** What an open engine runs on. */
function describe(engine: EngineName) {
  const cores = navigator.hardwareConcurrency;
  const inJavaScript = { engine, library: null, libraryVersion: null };
  switch (engine) {
    case "tensorflow": {
      const { path, version, devices } = openLibrary();
      const gpu = devices.filter(({ type }) => type === "GPU");
      const device = gpu.length > 0
        ? `GPU, ${gpu.length} of them`
        : `CPU, ${cores} cores`;
      return { engine, device, library: path, libraryVersion: version };
    }
    case "wasm":
      return { ...inJavaScript, device: "CPU, 1 core, WebAssembly" };
    case "cpu":
      return { ...inJavaScript, device: "CPU, 1 core, JavaScript" };
  }
}

/** One line: why an engine was passed over, and what would mend it. */
function explain(engine: EngineName, error: Error): string {
  if (engine === "tensorflow" && error instanceof Deno.errors.NotFound) {
    const place = Deno.env.get("LIBTENSORFLOW") ?? LIBRARY_PATH;
    return `tensorflow: there is no library at ${place}; run \`deno task setup\`, which needs Python and pip`;
  }
  return `${engine}: ${error.message.split("\n")[0]}`;
}
