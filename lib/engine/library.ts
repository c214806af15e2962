import { dirname, resolve } from "node:path";
import { isBuiltForCuda } from "./built_for_cuda.ts";
import { contextConfig } from "./context_config.ts";
import {
  chooseDevice,
  cpuDevice,
  type Device,
  deviceId,
  type ListedDevice,
} from "./devices.ts";
import { usableGpus, whyRefused } from "./gpus.ts";
import { outOfMemory } from "./memory.ts";
import { openSymbols } from "./open_symbols.ts";
import { LIBRARY_PATH } from "./place.ts";
import { quietly } from "./quiet.ts";
import { releasePages } from "./resident_pages.ts";
import type { Pointer, Symbols } from "./symbols.ts";

/** An open libtensorflow: its functions, a context that runs operations, and what it says of itself. */
export interface Library {
  /** The file that was opened. */
  readonly path: string;
  /** The version that the library reports, such as `"2.21.0"`. */
  readonly version: string;
  /** Its C functions. */
  readonly symbols: Symbols;
  /** The eager context in which operations run. */
  readonly context: Pointer;
  /** The status that every call reports to; read it with {@linkcode check}. */
  readonly status: Pointer;
  /** The context's devices by full name: the CPU, and after it the GPU if one was chosen. */
  readonly devices: readonly { name: string; type: string }[];
  /** All devices of the machine that the library can use, and which of them it does. */
  readonly machine: readonly ListedDevice[];
  /** Why devices that the machine has are not used, with what would mend it, a line each. */
  readonly problems: readonly string[];
}

let opened: Library | undefined;

/**
 * Opens libtensorflow's C API: the file that `LIBTENSORFLOW` names, else the one from set-up.
 *
 * A process opens it once, on one device; later calls give the same object. TensorFlow's start-up
 * notices are kept from the terminal, as a student's first cell should not begin with them.
 *
 * @example Usage
 * ```ts ignore
 * console.log(openLibrary().version);
 * ```
 *
 * @param options The device that is to compute, `"cpu"`, `"gpu"` or `"gpu:1"`; the environment
 * variable `CRIA_DEVICE` stands in for it. Without it the first GPU is taken, or the CPU.
 * @returns The library.
 * @throws {Deno.errors.NotFound} If the file is not there.
 * @throws {RangeError} If there is no such device, or the library is open on another one, or it is too old.
 * @throws {Error} If the file cannot be loaded on this machine, with the loader's reason.
 */
export function openLibrary(options: { device?: string } = {}): Library {
  const { device } = options;
  if (opened === undefined) {
    return opened = load(
      Deno.env.get("LIBTENSORFLOW") || LIBRARY_PATH,
      device ?? Deno.env.get("CRIA_DEVICE") ?? "",
    );
  }
  const { id } = chosenDevice(opened);
  if (device && deviceId(device) !== id) {
    throw new RangeError(
      `Cannot compute on "${device}" as a process keeps the device on which TensorFlow was opened: current device is ${id}. Restart the kernel, and choose the device first`,
    );
  }
  return opened;
}

/**
 * The device that a library computes on.
 *
 * @example Usage
 * ```ts ignore
 * console.log(chosenDevice(openLibrary()).name);
 * ```
 *
 * @param library The open library.
 * @returns The device.
 */
export function chosenDevice(library: Library): Device {
  return library.machine.find(({ chosen }) => chosen)!;
}

/** Loads the file and opens a context in it, on the device that is wanted. */
function load(path: string, wanted: string): Library {
  Deno.env.set(
    "TF_CPP_MIN_LOG_LEVEL",
    Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2",
  );
  return quietly(() => {
    const { symbols, version } = openSymbols(path);
    const status = symbols.TF_NewStatus();
    const { gpus, problem } = usableGpus(dirname(dirname(resolve(path))), {
      builtForCuda: isBuiltForCuda(symbols),
      version,
      listOnly: deviceId(wanted) === "cpu",
    });
    const there = [cpuDevice(), ...gpus];
    const device = chooseOrExplain(there, { wanted, problem });
    const context = openContext(symbols, status, device);
    const devices = listDevices(symbols, context, status);
    releasePages("libtensorflow");
    const machine = there.map((one) => ({ ...one, chosen: one === device }));
    const problems = problem === undefined ? [] : [problem];
    const common = { path, version, symbols, context, status, devices };
    if (devices.some(({ type }) => type === device.type)) {
      return { ...common, machine, problems };
    }
    const refused = whyRefused(device);
    if (wanted !== "") throw new RangeError(refused);
    const cpu = { ...there[0]!, chosen: true };
    return { ...common, machine: [cpu], problems: [...problems, refused] };
  });
}

/** Chooses a device; if the one that is wanted is not there, says what keeps it away. */
function chooseOrExplain(
  devices: readonly Device[],
  { wanted, problem }: { wanted: string; problem: string | undefined },
): Device {
  try {
    return chooseDevice(devices, wanted);
  } catch (error) {
    const { message } = error as RangeError;
    throw new RangeError(
      problem === undefined ? message : `${message}. ${problem}`,
    );
  }
}

/** Opens the context of eager operations on a device. */
function openContext(
  symbols: Symbols,
  status: Pointer,
  device: Device,
): Pointer {
  const options = symbols.TFE_NewContextOptions();
  const config = contextConfig(device);
  symbols.TFE_ContextOptionsSetConfig(
    options,
    config,
    BigInt(config.length),
    status,
  );
  check(symbols, status, "configure TensorFlow");
  const context = symbols.TFE_NewContext(options, status);
  check(symbols, status, "start TensorFlow");
  symbols.TFE_DeleteContextOptions(options);
  return context;
}

/** TensorFlow's number for a request that memory could not fill. */
const RESOURCE_EXHAUSTED = 8;

/**
 * Throws if the last call failed.
 *
 * @param symbols The library's functions.
 * @param status The status that the call reported to.
 * @param what What was being done, to follow "Cannot".
 * @throws {RangeError} If memory was exhausted: how much was asked, what is held, and what to lower.
 * @throws {Error} If the status is another error, with TensorFlow's message.
 */
export function check(symbols: Symbols, status: Pointer, what: string): void {
  const code = symbols.TF_GetCode(status);
  if (code === 0) return;
  const message = text(symbols.TF_Message(status));
  if (code === RESOURCE_EXHAUSTED) {
    const device = opened === undefined ? undefined : chosenDevice(opened);
    throw outOfMemory(message, { what, device });
  }
  throw new Error(`Cannot ${what}: ${message}`);
}

/** Reads a C string. */
function text(pointer: Pointer): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/** Names and kinds of the devices of a context. */
function listDevices(symbols: Symbols, context: Pointer, status: Pointer) {
  const list = symbols.TFE_ContextListDevices(context, status);
  check(symbols, status, "list devices");
  const devices = Array.from(
    { length: symbols.TF_DeviceListCount(list) },
    (_, i) => ({
      name: text(symbols.TF_DeviceListName(list, i, status)),
      type: text(symbols.TF_DeviceListType(list, i, status)),
    }),
  );
  symbols.TF_DeleteDeviceList(list);
  return devices;
}
