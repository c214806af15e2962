/**
 * Reads a whole file as UTF-8, and refuses any other encoding rather than mangle it.
 *
 * @example Another encoding
 * ```ts
 * import { rejects } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, Uint8Array.of(0x63, 0x61, 0x66, 0xe9)); // "café" in Latin-1
 * await rejects(readText(path), /must be UTF-8/);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @returns Its text, without a byte order mark.
 * @throws {SyntaxError} If it is no UTF-8.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError(
      `Cannot read ${path} as it must be UTF-8: current encoding is another`,
    );
  }
}
