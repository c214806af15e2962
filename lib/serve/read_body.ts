import { RequestError } from "./request_error.ts";

/** Most bytes of a body: a model's context is a hundred times smaller. */
const MAX_BYTES = 1_000_000;
/** Longest time to send a body, so that slow senders do not pile up. */
const MAX_MS = 30_000;

/**
 * Reads the JSON object that a request carries, within limits of size and time.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const request = new Request("http://localhost", { method: "POST", body: '{"n":1}' });
 * deepEqual(await readBody(request), { n: 1 });
 * ```
 *
 * @param request The request; its body is used up.
 * @returns The object.
 * @throws {RequestError} If it is too large, too slow, or no JSON object.
 */
export async function readBody(
  request: Request,
): Promise<Record<string, unknown>> {
  const text = decode(await readBytes(request));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(`be JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw broken("be a JSON object");
  }
  return value as Record<string, unknown>;
}

/** The bytes of the body, as many as are allowed. */
async function readBytes(request: Request): Promise<Uint8Array[]> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > MAX_BYTES) throw tooLarge();
  const reader = request.body?.getReader();
  if (reader === undefined) return [];
  const chunks: Uint8Array[] = [];
  let [size, late] = [0, false];
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {}); // the connection may be gone already
  }, MAX_MS);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (late) {
        throw new RequestError(
          `Cannot read the body as it must come within ${MAX_MS / 1000} s`,
          { status: 408, code: "request_timeout" },
        );
      }
      if (done) return chunks;
      size += value.length;
      if (size > MAX_BYTES) {
        await reader.cancel().catch(() => {});
        throw tooLarge();
      }
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes as text, none of them guessed. */
function decode(chunks: Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    const text = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
    return text.join("") + decoder.decode();
  } catch {
    throw broken("be UTF-8");
  }
}

function tooLarge(): RequestError {
  return new RequestError(
    `Cannot read the body as it must have at most ${MAX_BYTES} bytes`,
    { status: 413, code: "request_too_large" },
  );
}

function broken(law: string): RequestError {
  return new RequestError(`Cannot read the body as it must ${law}`, {
    status: 400,
    code: "invalid_json",
  });
}
