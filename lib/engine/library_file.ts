import { dirname, join } from "node:path";

/** What is written in the first bytes of a native library. */
interface Kind {
  /** The operating systems whose programs are of this form, in Deno's words, best known first. */
  os: readonly string[];
  /** The architectures it has code for, in Deno's words, or as a number that is not known here. */
  architectures: readonly string[];
  /** The smallest size the whole file can have, in bytes. */
  bytes: number;
}

/**
 * Looks into a native library before it is loaded, and refuses one that cannot work here.
 *
 * The system's loader would refuse most of these too, but in words that say little, and it ends the
 * whole process on a file that is cut short: it maps pages behind the file's end. TensorFlow's second
 * library is looked at with the first, as loading the first loads both.
 *
 * @see {@link https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html | ELF header}
 *
 * @example A text
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "not a library at all");
 * throws(() => examineLibraryFile(path), /must be a native library/);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @param options What this machine is, in Deno's words; another one in tests.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {SyntaxError} If it is no native library, or not all of one.
 * @throws {TypeError} If it is for another system or another architecture.
 */
export function examineLibraryFile(
  path: string,
  options: { os?: string; arch?: string } = {},
): void {
  const { os = Deno.build.os, arch = Deno.build.arch } = options;
  const { size } = Deno.statSync(path);
  const kind = readKind(path);
  if (kind === undefined) {
    throw new SyntaxError(
      `Cannot load ${path} as it must be a native library: current content is something else`,
    );
  }
  if (!kind.os.includes(os)) {
    throw new TypeError(
      `Cannot load ${path} as it must be for this system (${os}): current file is for ${
        kind.os[0]
      }`,
    );
  }
  if (!kind.architectures.includes(arch)) {
    throw new TypeError(
      `Cannot load ${path} as it must be for this processor (${arch}): current file is for ${
        kind.architectures.join(" and ")
      }`,
    );
  }
  if (size < kind.bytes) {
    throw new SyntaxError(
      `Cannot load ${path} as it must have all of its ${kind.bytes} bytes: current size is ${size}. Delete it and run \`deno task setup\``,
    );
  }
  const framework = join(dirname(path), FRAMEWORK);
  if (path !== framework && isFile(framework)) {
    examineLibraryFile(framework, options);
  }
}

/**
 * Takes out of an error of `Deno.dlopen` what the system's loader said.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const error = new Error("Could not open library: Could not open library: x.so: invalid ELF header");
 * equal(loaderReason(error), "x.so: invalid ELF header");
 * ```
 *
 * @param error The error.
 * @returns One line.
 */
export function loaderReason(error: Error): string {
  return error.message.replace(/^(Could not open library: )+/, "")
    .split("\n")[0]!;
}

/** The library that TensorFlow's own needs beside it. */
const FRAMEWORK = "libtensorflow_framework.so.2";

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

const HEADER_BYTES = 4096; // more than every header and the lists after it that are read here

/** Reads what a file is; nothing if it is no native library. */
function readKind(path: string): Kind | undefined {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer, 0, file.readSync(bytes) ?? 0);
  try {
    switch (view.getUint32(0)) {
      case 0x7f454c46: // "\x7fELF"
        return readElf(view);
      case 0xcffaedfe: // Mach-O of 64 bits, least significant byte first
        return readMachO([view.getUint32(4, true)]);
      case 0xcafebabe: { // several of them in one file, most significant byte first
        const length = view.getUint32(4);
        return readMachO(
          Array.from({ length }, (_, i) => view.getUint32(8 + 20 * i)),
        );
      }
      default:
        return view.getUint16(0) === 0x4d5a ? readWindows(view) : undefined; // "MZ"
    }
  } catch {
    return undefined; // it ends within its header
  }
}

const MACHINES: Readonly<Record<number, string>> = {
  3: "x86",
  20: "ppc",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
};

/** An ELF file of 64 bits ends after its segments, its sections, and its list of sections. */
function readElf(view: DataView): Kind {
  const little = view.getUint8(5) === 1;
  const number = view.getUint16(18, little);
  const kind = {
    os: ["linux", "android", "freebsd", "netbsd", "solaris", "illumos"],
    architectures: [MACHINES[number] ?? `machine ${number}`],
    bytes: 64,
  };
  if (view.getUint8(4) !== 2) return kind; // 32 bits: no architecture that Deno runs on
  const segments = at(view.getBigUint64(32, little));
  const sections = at(view.getBigUint64(40, little));
  const [segmentBytes, segmentCount, sectionBytes, sectionCount] = [
    54,
    56,
    58,
    60,
  ].map((offset) => view.getUint16(offset, little));
  const ends = Array.from({ length: segmentCount! }, (_, i) => {
    const header = segments + i * segmentBytes!;
    return at(view.getBigUint64(header + 8, little)) + // where it is in the file
      at(view.getBigUint64(header + 32, little)); // how long it is there
  });
  kind.bytes = Math.max(64, sections + sectionBytes! * sectionCount!, ...ends);
  return kind;
}

/** A size in a file, as a number. */
function at(value: bigint): number {
  return Number(value);
}

const CPU_TYPES: Readonly<Record<number, string>> = {
  0x01000007: "x86_64",
  0x0100000c: "aarch64",
};

/** A Mach-O file has code for one processor or for several. */
function readMachO(types: readonly number[]): Kind {
  return {
    os: ["darwin"],
    architectures: types.map((type) => CPU_TYPES[type] ?? `type ${type}`),
    bytes: 0,
  };
}

/** A Windows library says where its header is, and there for which processor it is. */
function readWindows(view: DataView): Kind {
  const type = view.getUint16(view.getUint32(60, true) + 4, true);
  const names: Readonly<Record<number, string>> = {
    0x8664: "x86_64",
    0xaa64: "aarch64",
  };
  return {
    os: ["windows"],
    architectures: [names[type] ?? `type ${type}`],
    bytes: 0,
  };
}
