import { join } from "node:path";
import { exists } from "./exists.ts";
import type { Layout } from "./layout.ts";

/**
 * Lets one process at a time change the virtual environment, and leaves no downloads behind.
 *
 * Those of a process that was killed are removed first, so that none is taken for one of this turn.
 *
 * @example Usage
 * ```ts
 * import { layout } from "cria/lab/setup/layout.ts";
 * import { equal } from "node:assert/strict";
 *
 * const root = await Deno.makeTempDir();
 * equal(await inTurn(layout(root), () => Promise.resolve(42)), 42);
 * await Deno.remove(root, { recursive: true });
 * ```
 *
 * @typeParam Result What the action gives back.
 * @param place Where set-up puts things.
 * @param action What to do when it is this process's turn.
 * @returns What the action gives back.
 */
export async function inTurn<Result>(
  place: Layout,
  action: () => Promise<Result>,
): Promise<Result> {
  await Deno.mkdir(place.venv, { recursive: true });
  using lock = await Deno.open(join(place.venv, "setup.lock"), {
    create: true,
    write: true,
  });
  await lock.lock(true); // Closing the file gives the turn away, even if the process dies.
  await clear(place);
  try {
    return await action();
  } finally {
    await clear(place);
  }
}

/** Removes what was downloaded. */
async function clear({ scratch }: Layout): Promise<void> {
  if (await exists(scratch)) await Deno.remove(scratch, { recursive: true });
}
