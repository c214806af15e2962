import { writeAtomic } from "./atomic.ts";

/** Thrown when bytes are not a safetensors file. */
export class SafetensorsError extends SyntaxError {
  /** Where reading stopped, in bytes from the start of the file. */
  readonly offset: number;

  /**
   * Constructs a new {@linkcode SafetensorsError}.
   *
   * @param message What could not be read, and why.
   * @param offset Where reading stopped, in bytes from the start of the file.
   */
  constructor(message: string, offset: number) {
    super(message);
    this.name = "SafetensorsError";
    this.offset = offset;
  }
}

/** A tensor outside of any engine: its shape and its elements in row-major order. */
export interface PlainTensor {
  /** The size of every axis, outermost first. */
  shape: number[];
  /** The elements, float32. */
  data: Float32Array;
}

/** Where one tensor lies, as the header of the file tells it. */
interface Entry {
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

const MAX_HEADER_BYTES = 100_000_000; // the limit of the reference reader
const BYTES: ReadonlyMap<unknown, number> = new Map([
  ["F32", 4],
  ["F16", 2],
  ["BF16", 2],
]);

/**
 * Reads the tensors of a safetensors file one after the other.
 *
 * Float16 and bfloat16 are widened to float32. Memory: the largest tensor, not the file.
 *
 * @see {@link https://github.com/huggingface/safetensors#format | The format}
 *
 * @example Round trip
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * const w = { shape: [2], data: new Float32Array([1, 0.5]) };
 * await writeSafetensors(path, [["w", w]]);
 * deepEqual(await Array.fromAsync(readSafetensors(path)), [["w", w]]);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @returns Name and tensor, in the order in which they lie in the file.
 * @throws {SafetensorsError} If the file is cut short, its header broken, or a tensor out of
 * place or of a type that is not F32, F16 or BF16.
 */
export async function* readSafetensors(
  path: string,
): AsyncGenerator<[name: string, tensor: PlainTensor], void, void> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const start = 8 + await headerLength(file, path, size);
  const text = new TextDecoder().decode(await readBytes(file, 8, start - 8));
  const entries = parseHeader(text, path, { start, dataBytes: size - start });
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const bytes = await readBytes(file, start + begin, end - begin);
    yield [name, { shape, data: widen(dtype, bytes) }];
  }
}

/** Length of the header in bytes. */
async function headerLength(
  file: Deno.FsFile,
  path: string,
  size: number,
): Promise<number> {
  const length = size < 8 ? Infinity : Number(
    new DataView((await readBytes(file, 0, 8)).buffer).getBigUint64(0, true),
  );
  if (length > Math.min(size - 8, MAX_HEADER_BYTES)) {
    throw new SafetensorsError(
      `Cannot read ${path} as its header must end within the file's ${size} bytes: current header length is ${length}`,
      0,
    );
  }
  return length;
}

/** The tensors that a header tells of, checked against the bytes that follow it. */
function parseHeader(
  text: string,
  path: string,
  { start, dataBytes }: { start: number; dataBytes: number },
): [string, Entry][] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    const error = new SafetensorsError(
      `Cannot read ${path} as its header must be JSON: current text begins with ${
        JSON.stringify(text.slice(0, 20))
      }`,
      8,
    );
    throw Object.assign(error, { cause });
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new SafetensorsError(
      `Cannot read ${path} as its header must be a JSON object: current text begins with ${
        JSON.stringify(text.slice(0, 20))
      }`,
      8,
    );
  }
  const entries = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, raw]): [string, Entry] => [name, checkEntry(name, raw, path)])
    .sort(([, a], [, b]) => a.begin - b.begin);
  let end = 0;
  for (const [name, entry] of entries) {
    if (entry.begin !== end || entry.end > dataBytes) {
      throw new SafetensorsError(
        `Cannot read "${name}" of ${path} as tensors must lie end to end within ${dataBytes} bytes: current place is ${entry.begin} to ${entry.end}`,
        start + Math.min(entry.begin, dataBytes),
      );
    }
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw new SafetensorsError(
      `Cannot read ${path} as its tensors must fill it: current size after the header is ${dataBytes} bytes, of which tensors take ${end}`,
      start + end,
    );
  }
  return entries;
}

/** One entry of the header, its own numbers in agreement. */
function checkEntry(name: string, raw: unknown, path: string): Entry {
  const { dtype, shape, data_offsets: offsets } = Object(raw) as Record<
    string,
    unknown
  >;
  const width = BYTES.get(dtype);
  if (width === undefined) {
    throw new SafetensorsError(
      `Cannot read "${name}" of ${path} as its type must be F32, F16 or BF16: current type is ${
        JSON.stringify(dtype)
      }`,
      8,
    );
  }
  const isSize = (value: unknown) =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  const ok = Array.isArray(shape) && shape.every(isSize) &&
    Array.isArray(offsets) && offsets.length === 2 && offsets.every(isSize);
  const bytes = ok ? shape.reduce((a, b) => a * b, width) : NaN;
  if (!ok || offsets[1] - offsets[0] !== bytes) {
    throw new SafetensorsError(
      `Cannot read "${name}" of ${path} as its offsets must span ${bytes} bytes, the size of its shape: current entry is ${
        JSON.stringify(raw)
      }`,
      8,
    );
  }
  return { dtype: String(dtype), shape, begin: offsets[0], end: offsets[1] };
}

/** Reads a stretch of a file whole. */
async function readBytes(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) {
      throw new SafetensorsError(
        `Cannot read ${length} bytes as the file must not end before: current number of bytes is ${at}`,
        offset + at,
      );
    }
    at += count;
  }
  return bytes;
}

/** Elements as float32. */
function widen(dtype: string, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  if (dtype === "F32") return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  if (dtype === "F16") {
    return Float32Array.from(new Float16Array(bytes.buffer));
  }
  const wide = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) wide[i] = halves[i]! << 16;
  return new Float32Array(wide.buffer);
}

/**
 * Writes tensors as a float32 safetensors file, whole or not at all.
 *
 * @see {@link https://github.com/huggingface/safetensors#format | The format}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await writeSafetensors(path, [["w", { shape: [1], data: new Float32Array(1) }]]);
 * equal((await Deno.stat(path)).size % 8, 4); // a header padded to eight bytes, and one float
 * await Deno.remove(path);
 * ```
 *
 * @param path The file to write or replace.
 * @param tensors Name and tensor, in the order in which they are to lie in the file.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [name: string, tensor: PlainTensor]>,
): Promise<void> {
  const list = [...tensors];
  let end = 0;
  const entries = list.map(([name, { shape, data }]) => {
    const offsets = [end, end += data.byteLength];
    return [name, { dtype: "F32", shape, "data_offsets": offsets }] as const;
  });
  const json = JSON.stringify({
    "__metadata__": { format: "pt" }, // transformers refuses a file that does not say so
    ...Object.fromEntries(entries),
  });
  const header = new TextEncoder().encode(
    json + " ".repeat((8 - new TextEncoder().encode(json).length % 8) % 8),
  );
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  await writeAtomic(path, [
    length,
    header,
    ...list.map(([, { data }]) =>
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    ),
  ]);
}
