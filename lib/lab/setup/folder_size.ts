import { join } from "node:path";

/**
 * Adds up the sizes of the files below a folder; files that vanish meanwhile count as nothing.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/a.txt`, "12345");
 * equal(await folderSize(folder), 5);
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param folder A folder.
 * @returns Bytes; `0` if the folder is not there.
 */
export async function folderSize(folder: string): Promise<number> {
  let sum = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      sum += isDirectory
        ? await folderSize(path)
        : (await Deno.lstat(path)).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sum;
}
