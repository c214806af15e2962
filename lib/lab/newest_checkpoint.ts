import { dirname, join } from "node:path";
import { exists } from "./setup/exists.ts";

/**
 * Finds the checkpoint that was tuned last: a folder with `model.safetensors`, which is written
 * last of all, and `trainer_state.json`, which base models do not have.
 *
 * @example Where nothing has been tuned
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * equal(await newestCheckpoint(folder), undefined);
 * await Deno.remove(folder);
 * ```
 *
 * @param folder The folder of all checkpoints; they lie in it or in a folder of it.
 * @returns The checkpoint's folder; `undefined` if there is none.
 */
export async function newestCheckpoint(
  folder: string,
): Promise<string | undefined> {
  let newest: { path: string; time: number } | undefined;
  for await (const file of weightFiles(folder, 2)) {
    const path = dirname(file);
    if (!await exists(join(path, "trainer_state.json"))) continue;
    const time = (await Deno.stat(file)).mtime?.getTime() ?? 0;
    if (newest === undefined || time > newest.time) newest = { path, time };
  }
  return newest?.path;
}

/** The `model.safetensors` in the folders of a folder, so many levels down. */
async function* weightFiles(
  folder: string,
  levels: number,
): AsyncGenerator<string, void, void> {
  if (levels === 0 || !await exists(folder)) return;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) continue;
    const file = join(folder, name, "model.safetensors");
    if (await exists(file)) yield file;
    yield* weightFiles(join(folder, name), levels - 1);
  }
}
