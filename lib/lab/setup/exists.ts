/**
 * Says whether a path leads to something, through links too. Never throws.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(await exists("/no/such/file"), false);
 * ```
 *
 * @param path A file or a folder.
 * @returns Whether it is there and may be looked at.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
