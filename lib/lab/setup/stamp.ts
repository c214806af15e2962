import { join } from "node:path";
import { writeAtomic } from "../../io/atomic.ts";

/** What set-up has completed, so that it is not done again. */
export interface Stamp {
  /** The pin of the Python packages that are installed. */
  readonly packages?: string;
  /** The library that is installed. */
  readonly library?: LibraryStamp;
}

/** An installed library. */
export interface LibraryStamp {
  /** The pin of its wheels. */
  readonly pin: string;
  /** Each of its files by its path below the library's folder, with its size in bytes. */
  readonly files: Readonly<Record<string, number>>;
}

/**
 * Reads what is complete.
 *
 * @example A folder in which nothing was set up
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(await readStamp("/no/such/cria.json"), {});
 * ```
 *
 * @param path The stamp's file.
 * @returns What it says; nothing if it is not there or is damaged, as set-up then mends what is missing.
 */
export async function readStamp(path: string): Promise<Stamp> {
  try {
    const stamp: unknown = JSON.parse(await Deno.readTextFile(path));
    return isRecord(stamp) ? stamp : {};
  } catch {
    return {};
  }
}

/**
 * Adds to what is complete.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await addToStamp(path, { packages: "a" });
 * await addToStamp(path, { library: { pin: "b", files: {} } });
 * equal((await readStamp(path)).packages, "a");
 * ```
 *
 * @param path The stamp's file.
 * @param news What is complete now.
 */
export async function addToStamp(path: string, news: Stamp): Promise<void> {
  const turn = queue.then(async () => {
    const stamp = { ...await readStamp(path), ...news };
    await writeAtomic(path, JSON.stringify(stamp, null, 2) + "\n");
  });
  queue = turn.catch(() => {}); // Whoever waits for this turn learns of its error; the next goes on.
  await turn;
}

/** Steps run side by side; their news must not overwrite each other's. */
let queue: Promise<void> = Promise.resolve();

/**
 * Says whether a library is complete: of these pins, every file there in its full size.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(await isLibraryComplete("/tmp", { pin: "a", files: {} }, "b"), false);
 * ```
 *
 * @param folder The library's folder.
 * @param stamp What was installed.
 * @param pin What should be installed.
 * @returns Whether nothing is left to do.
 */
export async function isLibraryComplete(
  folder: string,
  stamp: LibraryStamp | undefined,
  pin: string,
): Promise<boolean> {
  if (stamp?.pin !== pin || !isRecord(stamp.files)) return false;
  const files = Object.entries(stamp.files);
  if (files.length === 0) return false;
  const sizes = await Promise.all(
    files.map(([file]) => sizeOf(join(folder, file))),
  );
  return files.every(([, size], i) => sizes[i] === size);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch {
    return -1;
  }
}

function isRecord(value: unknown): value is Record<string, never> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
