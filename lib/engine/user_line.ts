/** Files whose frames are ours or tfjs', not the user's. */
const OURS = /\/lib\/engine\/|\/node_modules\/|\bext:|\bnode:/;

/**
 * Finds the line of the user's code that is being run: the innermost one outside of the engine and
 * of tfjs.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const stack = `Error
 *     at read (file:///cria/lib/engine/binding.ts:9:2)
 *     at mine (file:///home/me/lesson.ts:7:3)`;
 * equal(userLine(stack), "lesson.ts:7");
 * ```
 *
 * @param stack A stack as V8 writes it; without it, that of the caller.
 * @returns `"file:line"`, with the file's name alone; `"an unknown line"` if there is none.
 */
export function userLine(stack: string = new Error().stack ?? ""): string {
  for (const frame of stack.split("\n").slice(1)) {
    const place = /([^\s(]+):(\d+):\d+\)?$/.exec(frame);
    if (place === null || OURS.test(frame)) continue;
    return `${place[1]!.split("/").at(-1)}:${place[2]}`;
  }
  return "an unknown line";
}
