import { writeAtomic } from "./atomic.ts";

/** One line of a file of JSON lines. */
export interface JsonlRow {
  /** Which line, counted from 1. */
  line: number;
  /** What the line says. */
  value: unknown;
}

/** Options for {@linkcode readJsonl}. */
export interface ReadJsonlOptions {
  /**
   * Whether a last line that has no line end and is no JSON is passed over: what a process that
   * was killed while appending leaves behind.
   *
   * @default {false}
   */
  allowTorn?: boolean;
}

/**
 * Reads a file of JSON lines, one value at a time, so that no file is too large.
 *
 * A byte order mark, CRLF line ends and empty lines are accepted.
 *
 * @see {@link https://jsonlines.org | JSON Lines}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, '{"a":1}\n{"a":2}\n{"a":');
 * const rows = await Array.fromAsync(readJsonl(path, { allowTorn: true }));
 * deepEqual(rows.map(({ value }) => value), [{ a: 1 }, { a: 2 }]);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @param options What to put up with.
 * @returns The values with their line numbers.
 * @throws {SyntaxError} If a line is no JSON or no UTF-8.
 */
export async function* readJsonl(
  path: string,
  options: ReadJsonlOptions = {},
): AsyncGenerator<JsonlRow> {
  const { allowTorn = false } = options;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  for await (const { bytes, ended } of readLines(path)) {
    line++;
    try {
      const text = decoder.decode(bytes).trim();
      if (text !== "") yield { line, value: JSON.parse(text) as unknown };
    } catch (error) {
      if (allowTorn && !ended) return;
      throw new SyntaxError(
        `Cannot read ${path}:${line} as every line must be JSON in UTF-8: current error is ${
          (error as Error).message
        }`,
      );
    }
  }
}

/**
 * Writes a file of JSON lines whole; see {@linkcode writeAtomic}.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await writeJsonl(`${folder}/tasks.jsonl`, [{ a: 1 }, { a: "two\nlines" }]);
 * equal(await Deno.readTextFile(`${folder}/tasks.jsonl`), '{"a":1}\n{"a":"two\\nlines"}\n');
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param path The file to write or replace.
 * @param values What to write, one value a line.
 */
export async function writeJsonl(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  await writeAtomic(path, lines(values));
}

/** Every value as a line, gathered into larger pieces as small writes are slow. */
async function* lines(
  values: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<string> {
  let piece = "";
  for await (const value of values) {
    piece += `${JSON.stringify(value)}\n`;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

const PIECE_LENGTH = 1 << 16;
const LINE_END = 0x0a;

/** The lines of a file as bytes, and whether a line end follows each. */
async function* readLines(
  path: string,
): AsyncGenerator<{ bytes: Uint8Array; ended: boolean }> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(PIECE_LENGTH);
  let rest: Uint8Array[] = [];
  for (let size = await file.read(buffer); size !== null;) {
    let start = 0;
    for (
      let end = 0;
      (end = buffer.indexOf(LINE_END, start)) >= 0 && end < size;
    ) {
      yield { bytes: joined(rest, buffer.subarray(start, end)), ended: true };
      rest = [];
      start = end + 1;
    }
    rest.push(buffer.slice(start, size));
    size = await file.read(buffer);
  }
  const bytes = joined(rest, new Uint8Array());
  if (bytes.length > 0) yield { bytes, ended: false };
}

/** Pieces of a line put together. */
function joined(pieces: Uint8Array[], last: Uint8Array): Uint8Array {
  if (pieces.length === 0) return last;
  const all = [...pieces, last];
  const whole = new Uint8Array(
    all.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
