import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What can be written: text, bytes, or a stream of either. */
export type Content =
  | string
  | Uint8Array
  | Iterable<string | Uint8Array>
  | AsyncIterable<string | Uint8Array>;

let written = 0;

/**
 * Writes a file so that its path holds either the old content or all of the new one, never a part.
 *
 * The content goes to a temporary file beside the target, is flushed to the disk, and is then
 * renamed; if anything fails on the way, the temporary file is removed. Missing folders are made.
 *
 * @example The old file outlives a failure
 * ```ts
 * import { equal, rejects } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await writeAtomic(`${folder}/story.txt`, "Once upon a time");
 * await rejects(writeAtomic(`${folder}/story.txt`, (function* () {
 *   yield "Twice";
 *   throw new Error("out of ideas");
 * })()));
 * equal(await Deno.readTextFile(`${folder}/story.txt`), "Once upon a time");
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param path The file to write or replace.
 * @param content Text (as UTF-8), bytes, or pieces of either that are written as they come.
 */
export async function writeAtomic(
  path: string,
  content: Content,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${Deno.pid}-${++written}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      for await (const piece of pieces(content)) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The content as something that can be walked over. */
function pieces(
  content: Content,
): Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array> {
  return typeof content === "string" || content instanceof Uint8Array
    ? [content]
    : content;
}
