import { dirname } from "node:path";
import { createHash } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that are on disk. */
  done: number;
  /** Bytes of the whole file; absent if the server does not say. */
  total?: number;
}

/** Options for {@linkcode downloadFile}. */
export interface DownloadOptions {
  /** SHA-256 that the file must have, in hexadecimal digits. */
  sha256: string;
  /** Called as bytes arrive. */
  onProgress?: (progress: DownloadProgress) => void;
  /**
   * How long the server may take to answer, in milliseconds; the body may take as long as it likes.
   *
   * @default {5000}
   */
  timeoutMs?: number;
  /** Stands in for the network; tests pass their own. */
  fetch?: typeof fetch;
}

/**
 * Downloads a file, goes on where an earlier try stopped, and checks its hash.
 *
 * Bytes arrive in `<path>.part`; the file appears under its name when it is whole and its hash is
 * right. A wrong hash removes the part, since going on with it could never help.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { sha256 } from "../core/hash.ts";
 *
 * const folder = await Deno.makeTempDir();
 * await downloadFile("http://example.com/x", `${folder}/x`, {
 *   sha256: sha256("hello"),
 *   fetch: () => Promise.resolve(new Response("hello")),
 * });
 * equal(await Deno.readTextFile(`${folder}/x`), "hello");
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param url Where the file is.
 * @param path Where it goes.
 * @param options The hash, and how to report.
 * @throws {Error} If the server cannot be reached, answers with anything but the file, or stops
 * before its end.
 * @throws {RangeError} If the hash of what came is not the one that it must have.
 */
export async function downloadFile(
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  const had = await sizeOf(part);
  const response = await ask(url, had, options);
  const whole = had > 0 && response.status === 416; // nothing is left to fetch, so the hash decides
  if (whole) {
    await response.body?.cancel();
  } else {
    await receive(url, response, { ...options, part, had });
  }
  await checkHash(part, options.sha256);
  await rename(part, path);
}

/** Asks for a file, or for what comes after a number of bytes. */
async function ask(
  url: string,
  had: number,
  { timeoutMs = 5000, fetch = globalThis.fetch }: DownloadOptions,
): Promise<Response> {
  const waiting = new AbortController();
  const timer = setTimeout(
    () => waiting.abort(new Error(`no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    return await fetch(url, {
      signal: waiting.signal,
      headers: {
        // Of a compressed answer, neither its length nor a range would count the file's own bytes.
        "accept-encoding": "identity",
        ...had > 0 && { range: `bytes=${had}-` },
      },
    });
  } catch (cause) {
    throw new Error(
      `Cannot download ${url} as its server must answer: ${
        (cause as Error).message
      }`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Writes what arrives to the part: behind what it has, or anew if the server sends all of it. */
async function receive(
  url: string,
  response: Response,
  { part, had, onProgress }: DownloadOptions & { part: string; had: number },
): Promise<void> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(
      `Cannot download ${url} as the answer must be the file: current status is ${response.status}`,
    );
  }
  const resumed = response.status === 206;
  let done = resumed ? had : 0;
  const length = Number(response.headers.get("content-length"));
  const total = length > 0 ? { total: done + length } : {};
  using file = await Deno.open(part, {
    write: true,
    create: true,
    append: resumed,
    truncate: !resumed,
  });
  try {
    for await (const chunk of response.body) {
      for (let at = 0; at < chunk.length;) {
        at += await file.write(chunk.subarray(at));
      }
      done += chunk.length;
      onProgress?.({ done, ...total });
    }
  } catch (cause) {
    throw new Error(
      `Cannot download ${url} as its server must send all of it: it stopped after ${done} bytes, which are kept, so try again (${
        (cause as Error).message
      })`,
      { cause },
    );
  }
}

/** Size of a file in bytes, `0` if there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch {
    return 0;
  }
}

/**
 * Refuses a file whose SHA-256 is not the one that it must have, and removes it.
 *
 * @param path The file.
 * @param expected The hash in hexadecimal digits.
 * @throws {RangeError} If the hash is another.
 */
export async function checkHash(path: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  {
    using file = await Deno.open(path);
    for await (const chunk of file.readable) hash.update(chunk);
  }
  const found = hash.digest("hex");
  if (found === expected) return;
  const { size } = await Deno.stat(path);
  await rm(path);
  throw new RangeError(
    `Cannot use ${path} as its SHA-256 must be ${expected}: current hash is ${found} (${size} bytes); the file was removed, try again`,
  );
}
