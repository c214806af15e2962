import { join } from "node:path";

/** A file and what it takes on the disk. */
export interface FileSize {
  /** Path below the folder that was looked at, with `/` between its parts. */
  file: string;
  /** Size in bytes. */
  bytes: number;
}

/**
 * Lists the files of a checkpoint folder with their sizes, largest first.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/config.json`, "{}");
 * deepEqual(await checkpointSize(folder), [{ file: "config.json", bytes: 2 }]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param folder The folder; those in it are looked at too, links are not followed.
 * @returns The files; those of one size by name.
 * @throws {Deno.errors.NotFound} If there is no such folder.
 */
export async function checkpointSize(folder: string): Promise<FileSize[]> {
  const sizes = await Array.fromAsync(filesOf(folder, ""));
  return sizes.sort((a, b) => b.bytes - a.bytes || (a.file < b.file ? -1 : 1));
}

/** The files of a folder and of those in it. */
async function* filesOf(
  folder: string,
  prefix: string,
): AsyncGenerator<FileSize, void, void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const [path, file] = [join(folder, name), prefix + name];
    if (isDirectory) yield* filesOf(path, `${file}/`);
    else if (isFile) yield { file, bytes: (await Deno.stat(path)).size };
  }
}
