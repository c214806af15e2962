import { writeAtomic } from "../../io/atomic.ts";
import type { Layout } from "./layout.ts";

/**
 * Tells Jupyter how to start Deno's kernel: writes the kernelspec, if it is not already so.
 *
 * It holds the path of the Deno that runs now. That path can go away, as when npx fetches Deno into a
 * cache, so every command looks again.
 *
 * @example Usage
 * ```ts
 * import { layout } from "cria/lab/setup/layout.ts";
 * import { equal } from "node:assert/strict";
 *
 * const root = await Deno.makeTempDir();
 * equal(await writeKernel(layout(root)), true);
 * equal(await writeKernel(layout(root)), false);
 * await Deno.remove(root, { recursive: true });
 * ```
 *
 * @param place Where it goes.
 * @returns Whether the file had to be written.
 */
export async function writeKernel(place: Layout): Promise<boolean> {
  const text = kernelText();
  if (await readOrNothing(place.kernel) === text) return false;
  await writeAtomic(place.kernel, text);
  return true;
}

/**
 * Says whether Jupyter would start the Deno that runs now.
 *
 * @example Usage
 * ```ts
 * import { layout } from "cria/lab/setup/layout.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(await isKernelComplete(layout("/no/such/folder")), false);
 * ```
 *
 * @param place Where the kernelspec should be.
 * @returns Whether it is there and up to date.
 */
export async function isKernelComplete(place: Layout): Promise<boolean> {
  return await readOrNothing(place.kernel) === kernelText();
}

function kernelText(): string {
  const spec = {
    argv: [
      Deno.execPath(),
      "jupyter",
      "--kernel",
      "--conn",
      "{connection_file}",
    ],
    "display_name": "Deno",
    language: "typescript",
  };
  return JSON.stringify(spec, null, 2) + "\n";
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}
