import * as tf from "@tensorflow/tfjs";
import {
  chooseDevice,
  cpuDevice,
  deviceId,
  type ListedDevice,
} from "./devices.ts";
import { chosenDevice, openLibrary } from "./library.ts";
import { LIBRARY_PATH } from "./place.ts";
import { explainPrecision } from "./preferred_precision.ts";
import { selfTest } from "./self_test.ts";
import { repairGradients } from "./repairs.ts";
import { registerTensorflow, TENSORFLOW } from "./tensorflow_backend.ts";
import { registerWasm } from "./wasm_backend.ts";
import { registerWebgpu, webgpuDevice } from "./webgpu_backend.ts";

/** The engines under tfjs, best first. */
export type EngineName = "tensorflow" | "webgpu" | "wasm" | "cpu";

/** Which engine runs, on what, and why not a better one. */
export interface EngineReport {
  /** The engine that tfjs uses now. */
  engine: EngineName;
  /** The device in words, such as `"CPU, 2 cores"`. */
  device: string;
  /** Every device that the engine could compute on, and which of them it does. */
  devices: readonly ListedDevice[];
  /** The precision in which its matrix products are fastest, and why, in words. */
  precision: string;
  /** The file of the native library; `null` on other engines. */
  library: string | null;
  /** The version that the native library reports; `null` on other engines. */
  libraryVersion: string | null;
  /**
   * Why each better engine was passed over, and why a GPU is not used, with what would mend it, a line
   * each; empty on the best.
   */
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
  /**
   * The device to compute on: `"cpu"`, `"gpu"` for the first GPU, or `"gpu:1"` for the second. The
   * environment variable `CRIA_DEVICE` stands in for it. A process keeps TensorFlow's device for life.
   *
   * @default {""} The first GPU, or the processor where there is none.
   */
  device?: string;
}

const ORDER: readonly EngineName[] = ["tensorflow", "webgpu", "wasm", "cpu"];
let report: EngineReport | undefined;

/**
 * Picks the best engine that works on this machine, and gives it to tfjs.
 *
 * The order is TensorFlow's own library (on a GPU if it finds one, else on the CPU), WebGPU on a
 * graphics card, WebAssembly, and plain JavaScript, which is for tests. WebGPU by a driver that
 * computes on the processor is taken only if it is asked for. WebGPU and WebAssembly have to train a
 * tiny model right before they are taken. Calling it again gives the same report at once.
 *
 * @example Usage
 * ```ts ignore
 * import { ok } from "node:assert/strict";
 *
 * const { engine, ms } = await openEngine();
 * ok(["tensorflow", "webgpu", "wasm", "cpu"].includes(engine) && ms >= 0);
 * ```
 *
 * @param options Which engine, if not the best, and on which device.
 * @returns What was picked, and why.
 * @throws {RangeError} If there is no engine or no device of that name, or TensorFlow is open on another
 * device.
 * @throws {Error} If the engine that was asked for does not work here.
 */
export async function openEngine(
  options: EngineOptions = {},
): Promise<EngineReport> {
  const wanted = options.engine ?? engineByName();
  const device = options.device ?? Deno.env.get("CRIA_DEVICE") ?? "";
  if (report !== undefined && (wanted ?? report.engine) === report.engine) {
    if (isChosen(report.devices, device)) return report;
    if (report.engine === TENSORFLOW) openLibrary({ device }); // says that it is open on another one
  }
  const start = performance.now();
  const problems: string[] = [];
  const errors: Error[] = [];
  for (const engine of wanted === undefined ? ORDER : [wanted]) {
    try {
      await open(engine, { device, asked: wanted !== undefined });
      const { problems: own, ...found } = describe(engine);
      problems.push(...own.map((problem) => `${engine}: ${problem}`));
      return report = { ...found, problems, ms: performance.now() - start };
    } catch (error) {
      problems.push(explain(engine, error as Error));
      errors.push(error as Error);
    }
  }
  throw noEngine(problems, errors);
}

/** Whether the device that was asked for, if any was, is the one in use. */
function isChosen(devices: readonly ListedDevice[], device: string): boolean {
  return device === "" ||
    devices.some(({ id, chosen }) => chosen && id === deviceId(device));
}

/** The error when none works. Where all lack the same device, the first says it best. */
function noEngine(problems: string[], errors: Error[]): Error {
  const lacks = errors.filter((error) => error instanceof RangeError);
  if (lacks.length === errors.length) return lacks[0]!;
  const message = `Cannot open an engine: ${problems.join("; ")}`;
  return lacks.length > 0 ? new RangeError(message) : new Error(message);
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

/** Registers an engine on a device, and makes tfjs use it. */
async function open(
  engine: EngineName,
  { device, asked }: { device: string; asked: boolean },
): Promise<void> {
  repairGradients();
  if (engine === TENSORFLOW) {
    openLibrary({ device });
    registerTensorflow();
  } else if (engine === "webgpu") {
    chooseDevice([await registerWebgpu({ software: asked })], device);
  } else chooseDevice([cpuDevice()], device);
  if (engine === "wasm") registerWasm();
  if (!await tf.setBackend(engine)) {
    throw new Error(`tfjs refused the backend "${engine}"`);
  }
  await tf.ready();
  if (engine === "webgpu" || engine === "wasm") await selfTest();
}

/** What an open engine runs on. */
function describe(engine: EngineName) {
  const { precision, reason } = explainPrecision();
  const common = { engine, precision: `${precision}: ${reason}` };
  const inJavaScript = {
    ...common,
    devices: [{ ...cpuDevice(), chosen: true }],
    library: null,
    libraryVersion: null,
    problems: [],
  };
  switch (engine) {
    case "tensorflow": {
      const library = openLibrary();
      const { type, name } = chosenDevice(library);
      return {
        ...common,
        device: type === "GPU"
          ? `GPU, ${name}`
          : `CPU, ${navigator.hardwareConcurrency} cores`,
        devices: library.machine,
        library: library.path,
        libraryVersion: library.version,
        problems: library.problems,
      };
    }
    case "webgpu": {
      const device = webgpuDevice()!;
      return {
        ...inJavaScript,
        device: `GPU, ${device.name}, WebGPU`,
        devices: [{ ...device, chosen: true }],
      };
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
    const place = Deno.env.get("LIBTENSORFLOW") || LIBRARY_PATH;
    return `tensorflow: there is no library at ${place}; run \`deno task setup\`, which needs Python and pip`;
  }
  return `${engine}: ${error.message.split("\n")[0]}`;
}
