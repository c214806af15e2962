import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Adds values to the end of a file of JSON lines, which is made if need be.
 *
 * A last line that a killed process left without its line end is mended first: completed if it is
 * JSON, cut off if not. The file is locked meanwhile, and what a failed write (a full disk) added
 * is cut off again, so that the file never holds a broken line in its middle.
 *
 * @example A line that was torn does not spoil the next
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, '{"a":1}\n{"a":');
 * await appendJsonl(path, { a: 2 });
 * equal(await Deno.readTextFile(path), '{"a":1}\n{"a":2}\n');
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @param values What to add, one value a line.
 */
export async function appendJsonl(
  path: string,
  ...values: unknown[]
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { read: true, write: true, create: true });
  await file.lock(true);
  const size = await mendEnd(file);
  const text = values.map((value) => `${JSON.stringify(value)}\n`).join("");
  try {
    await write(file, new TextEncoder().encode(text), size);
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}

/** Makes the file end in a whole line, and tells its size in bytes. */
async function mendEnd(file: Deno.FsFile): Promise<number> {
  const { size } = await file.stat();
  const start = await startOfLastLine(file, size);
  if (start === size) return size;
  const tail = await read(file, start, size - start);
  if (isJson(tail)) {
    await write(file, Uint8Array.of(LINE_END), size);
    return size + 1;
  }
  await file.truncate(start);
  return start;
}

/** Offset behind the last line end, in bytes; `size` if the file ends in one. */
async function startOfLastLine(
  file: Deno.FsFile,
  size: number,
): Promise<number> {
  for (let end = size; end > 0;) {
    // One byte first, as nearly every file ends in a line end.
    const length = end === size ? 1 : Math.min(end, STEP);
    const found = (await read(file, end - length, length)).lastIndexOf(
      LINE_END,
    );
    if (found >= 0) return end - length + found + 1;
    end -= length;
  }
  return 0;
}

const STEP = 1 << 16;
const LINE_END = 0x0a;

/** Reads bytes from a place in a file. */
async function read(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

/** Writes bytes to a place in a file. */
async function write(
  file: Deno.FsFile,
  bytes: Uint8Array,
  offset: number,
): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

/** Whether bytes are one whole JSON value. */
function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}
