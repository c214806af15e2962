import { LIBRARY_PATH } from "./place.ts";
import { quietly } from "./quiet.ts";
import { type Pointer, SYMBOLS, type Symbols } from "./symbols.ts";

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
  /** Its devices by full name, CPU first. */
  readonly devices: readonly { name: string; type: string }[];
}

let opened: Library | undefined;

/**
 * Opens libtensorflow's C API: the file that `LIBTENSORFLOW` names, else the one from set-up.
 *
 * A process opens it once; later calls give the same object. TensorFlow's start-up notices are
 * kept from the terminal, as a student's first cell should not begin with them.
 *
 * @example Usage
 * ```ts ignore
 * console.log(openLibrary().version);
 * ```
 *
 * @returns The library.
 * @throws {Deno.errors.NotFound} If the file is not there.
 * @throws {Error} If the file cannot be loaded on this machine, with the loader's reason.
 */
export function openLibrary(): Library {
  return opened ??= load(Deno.env.get("LIBTENSORFLOW") ?? LIBRARY_PATH);
}

/** Loads the file and opens a context in it. */
function load(path: string): Library {
  Deno.statSync(path);
  Deno.env.set(
    "TF_CPP_MIN_LOG_LEVEL",
    Deno.env.get("TF_CPP_MIN_LOG_LEVEL") ?? "2",
  );
  return quietly(() => {
    const { symbols } = Deno.dlopen(path, SYMBOLS);
    const status = symbols.TF_NewStatus();
    const options = symbols.TFE_NewContextOptions();
    symbols.TFE_ContextOptionsSetConfig(
      options,
      ALLOW_GROWTH,
      BigInt(ALLOW_GROWTH.length),
      status,
    );
    check(symbols, status, "configure TensorFlow");
    const context = symbols.TFE_NewContext(options, status);
    check(symbols, status, "start TensorFlow");
    symbols.TFE_DeleteContextOptions(options);
    const version = text(symbols.TF_Version());
    const devices = listDevices(symbols, context, status);
    return { path, version, symbols, context, status, devices };
  });
}

/** A serialized ConfigProto: `gpu_options { allow_growth: true }`. */
const ALLOW_GROWTH = new Uint8Array([0x32, 0x02, 0x20, 0x01]);

/**
 * Throws if the last call failed.
 *
 * @param symbols The library's functions.
 * @param status The status that the call reported to.
 * @param what What was being done, to follow "Cannot".
 * @throws {Error} If the status is not OK, with TensorFlow's message.
 */
export function check(symbols: Symbols, status: Pointer, what: string): void {
  if (symbols.TF_GetCode(status) === 0) return;
  throw new Error(`Cannot ${what}: ${text(symbols.TF_Message(status))}`);
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
