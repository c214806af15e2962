import { readProcessor } from "./devices.ts";
import { examineLibraryFile, loaderReason } from "./library_file.ts";
import { LIBRARY_PATH } from "./place.ts";
import { SYMBOLS, type Symbols } from "./symbols.ts";

/** The oldest TensorFlow that the engine works with. */
const MINIMUM = [2, 16] as const;

/**
 * Opens the C functions of libtensorflow, and says in one line why a file cannot be used.
 *
 * The version is asked for before anything else: a library that is too old may lack functions, and its
 * version says more than the name of the first of them.
 *
 * @example A file that is not there
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * throws(() => openSymbols("/no/such/library.so"), Deno.errors.NotFound);
 * ```
 *
 * @param path The file.
 * @returns Its functions, and the version that it reports.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If it is no native library, or not all of one.
 * @throws {TypeError} If it is for another machine, or is another library.
 * @throws {RangeError} If it is older than 2.16.
 * @throws {Error} If it does not load, with the loader's reason.
 */
export function openSymbols(
  path: string,
): { symbols: Symbols; version: string } {
  examineLibraryFile(path);
  refuseMissingAvx(path);
  const library = open(path, {
    TF_Version: { parameters: [], result: "pointer" },
  });
  try {
    const name = library.symbols.TF_Version();
    const version = name === null
      ? ""
      : Deno.UnsafePointerView.getCString(name);
    refuseOld(path, version);
    return { symbols: open(path, SYMBOLS, { version }).symbols, version };
  } finally {
    library.close(); // it stays loaded if it was opened again
  }
}

/** Refuses a version that is too old. */
function refuseOld(path: string, version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > MINIMUM[0] || major === MINIMUM[0] && minor >= MINIMUM[1]) return;
  throw new RangeError(
    `Cannot use ${path} as TensorFlow must be at least ${
      MINIMUM.join(".")
    }: current version is ${version}. ${MEND}`,
  );
}

const MEND = "Run `deno task setup`, or name another with LIBTENSORFLOW";

/** Opens functions of a library; a failure is told in one line with what would mend it. */
function open<Wanted extends Deno.ForeignLibraryInterface>(
  path: string,
  wanted: Wanted,
  { version }: { version?: string } = {},
): Deno.DynamicLibrary<Wanted> {
  try {
    return Deno.dlopen(path, wanted);
  } catch (error) {
    throw explain(path, { error: error as Error, version });
  }
}

/** Says what the loader's message means. */
function explain(
  path: string,
  { error, version }: { error: Error; version: string | undefined },
): Error {
  const symbol = /^Failed to register symbol (\w+)/.exec(error.message)?.[1];
  if (symbol !== undefined) {
    return version === undefined
      ? new TypeError(
        `Cannot use ${path} as it must be TensorFlow's library: current file has no function ${symbol}. ${MEND}`,
      )
      : new TypeError(
        `Cannot use ${path} as it must have the function ${symbol}: current file, which says that it is TensorFlow ${version}, has none. ${MEND}`,
      );
  }
  const reason = loaderReason(error);
  const missing = /^([^\s:/]+): cannot open shared object file/.exec(reason);
  return missing === null
    ? new Error(`Cannot load ${path} as the system refuses it: ${reason}`)
    : new Error(
      `Cannot load ${path} as ${
        missing[1]
      }, which it needs, must be beside it or where the system looks for libraries: current place is none. ${MEND}`,
    );
}

/**
 * The library from set-up ends the process on a processor without AVX. Set-up does not install it
 * there, but the folder may be shared by several machines, or be another machine's disk.
 */
function refuseMissingAvx(path: string): void {
  if (Deno.build.arch !== "x86_64" || path !== LIBRARY_PATH) return;
  const flags = /^flags\s*:.*$/m.exec(readProcessor())?.[0];
  if (flags === undefined || / avx\b/.test(flags)) return;
  throw new TypeError(
    `Cannot use ${path} as the processor must have AVX: current processor has none`,
  );
}
