/**
 * Reads a file that holds a JSON object.
 *
 * @example Something else than an object
 * ```ts
 * import { rejects } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "[1]");
 * await rejects(readJson(path), /must hold a JSON object: current text begins with "\[1\]"/);
 * await Deno.remove(path);
 * ```
 *
 * @param path The file.
 * @returns Its fields.
 * @throws {SyntaxError} If the text is no JSON, or no object.
 * @throws {Error} If the file is missing or cannot be read: the system's own class of error, such as
 * `Deno.errors.NotFound`, with the path.
 */
export async function readJson(path: string): Promise<Record<string, unknown>> {
  const text = await read(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot read ${path} as it must be JSON: ${(cause as Error).message}`,
      { cause },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError(
      `Cannot read ${path} as it must hold a JSON object: current text begins with ${
        JSON.stringify(text.slice(0, 20))
      }`,
    );
  }
  return value as Record<string, unknown>;
}

/** The text of a file; a failure keeps its class, by which callers tell a missing file. */
async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const { message } = error as Error;
    throw Object.assign(error as Error, {
      message:
        `Cannot read ${path} as it must be a file that can be read: ${message}`,
    });
  }
}
