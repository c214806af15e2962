import { freeGigabytes } from "./machine.ts";

/** What an installation needs. */
export interface Need {
  /** What is to be installed. */
  what: string;
  /** Billions of bytes that it takes up. */
  gigabytes: number;
}

/**
 * Says whether a disk lacks the space for an installation.
 *
 * @example Usage
 * ```ts
 * import { equal, match } from "node:assert/strict";
 *
 * equal(await lackOfSpace(".", { what: "nothing", gigabytes: 0 }), undefined);
 * const problem = await lackOfSpace(".", { what: "the world", gigabytes: 1e9 });
 * match(problem ?? "", /^Cannot install the world as 1000000000 GB of disk must be free/);
 * ```
 *
 * @param folder A folder on the disk.
 * @param need What is to be installed, and how much space it takes.
 * @returns The problem and what to do about it, if there is one.
 */
export async function lackOfSpace(
  folder: string,
  { what, gigabytes }: Need,
): Promise<string | undefined> {
  const free = await freeGigabytes(folder);
  if (free >= gigabytes) return undefined;
  return `Cannot install ${what} as ${gigabytes} GB of disk must be free: current value is ${
    free.toFixed(2)
  } GB. Free some space and run \`deno task setup\` again.`;
}
