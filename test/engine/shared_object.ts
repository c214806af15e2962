/** The architectures for which {@linkcode sharedObject} knows the machine's code. */
export const CAN_LOAD: boolean = Deno.build.os === "linux" &&
  ["x86_64", "aarch64"].includes(Deno.build.arch);

/** Options for {@linkcode sharedObject}. */
interface SharedObjectOptions {
  /** Functions without arguments that give a text back, as `TF_Version` does. */
  texts?: Record<string, string>;
  /** Functions in the code of the machine. */
  codes?: Record<string, readonly number[]>;
  /** The number of an architecture, if not this machine's. */
  machine?: number;
}

const PAGE = 0x1_0000; // the largest that Linux has
const MACHINES: Record<string, number> = { "x86_64": 62, aarch64: 183 };

/**
 * Makes the bytes of a small shared library for Linux, without a compiler: a page of code and texts, a
 * page of the loader's tables, and one empty section at its end, as the end of real ones is sections.
 */
export function sharedObject(
  options: SharedObjectOptions = {},
): Uint8Array<ArrayBuffer> {
  const { texts = {}, codes = {}, machine = MACHINES[Deno.build.arch] ?? 62 } =
    options;
  const end = 2 * PAGE + 64;
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  const names = [...Object.keys(texts), ...Object.keys(codes)];
  writeHeader(view, machine);

  const symbols = PAGE + 0x200;
  const hash = symbols + 24 * (names.length + 1);
  const strings = hash + 4 * (4 + names.length);
  let code = 0x1000;
  let string = 1; // the first is empty
  names.forEach((name, i) => {
    const symbol = symbols + 24 * (i + 1);
    view.setUint32(symbol, string, true);
    bytes[symbol + 4] = 0x12; // global, a function
    view.setUint16(symbol + 6, 1, true); // defined here
    view.setBigUint64(symbol + 8, BigInt(code), true);
    string += write(bytes, strings + string, name);
    if (name in texts) {
      bytes.set(returnsWhatFollows(), code);
      write(bytes, code + 16, texts[name]!);
    } else bytes.set(codes[name]!, code);
    code += 256;
  });
  // one bucket, in which every symbol follows the one before
  const chain = names.map((_, i) => i < names.length - 1 ? i + 2 : 0);
  const first = names.length > 0 ? 1 : 0;
  [1, names.length + 1, first, 0, ...chain].forEach((value, i) =>
    view.setUint32(hash + 4 * i, value, true)
  );
  // DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_NULL
  const entries = [4, hash, 5, strings, 6, symbols, 10, string, 11, 24, 0, 0];
  entries.forEach((value, i) =>
    view.setBigUint64(PAGE + 8 * i, BigInt(value), true)
  );
  return bytes;
}

/** The file's header, and its segments: code, tables, where the tables start, and a plain stack. */
function writeHeader(view: DataView, machine: number): void {
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((value, i) =>
    view.setUint8(i, value)
  );
  view.setUint16(16, 3, true); // a shared object
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(32, 64n, true); // segments
  view.setBigUint64(40, BigInt(2 * PAGE), true); // sections
  [64, 56, 4, 64, 1, 0].forEach((value, i) =>
    view.setUint16(52 + 2 * i, value, true)
  );
  const segments = [
    [1, 5, 0, PAGE], // PT_LOAD, readable and executable
    [1, 6, PAGE, PAGE], // PT_LOAD, readable and writable
    [2, 6, PAGE, 0x100], // PT_DYNAMIC
    [0x6474e551, 6, 0, 0], // PT_GNU_STACK
  ];
  segments.forEach(([type, flags, offset, size], i) => {
    const at = 64 + 56 * i;
    view.setUint32(at, type!, true);
    view.setUint32(at + 4, flags!, true);
    [offset, offset, offset, size, size, PAGE].forEach((value, j) =>
      view.setBigUint64(at + 8 + 8 * j, BigInt(value!), true)
    );
  });
}

/** A function that gives back the address 16 bytes behind its own. */
function returnsWhatFollows(): number[] {
  return Deno.build.arch === "aarch64"
    ? [0x80, 0, 0, 0x10, 0xc0, 0x03, 0x5f, 0xd6] // adr x0, #16; ret
    : [0x48, 0x8d, 0x05, 9, 0, 0, 0, 0xc3]; // lea rax, [rip + 9]; ret
}

/** Writes a C string; gives its length with the zero at its end. */
function write(bytes: Uint8Array, at: number, value: string): number {
  const text = new TextEncoder().encode(`${value}\0`);
  bytes.set(text, at);
  return text.length;
}
