import { toBundle } from "./bundle.ts";
import { screen } from "./screen.ts";
import { isRows, table } from "./table.ts";

/**
 * Shows a value under the cell that calls it; outside a notebook, prints its text form.
 *
 * Takes figures, pieces of HTML, lists of records (as a table), strings, and whatever has a
 * `Symbol.for("Jupyter.display")` method. Preferred to a bare last expression, which the kernel of
 * Deno may send after it has said that the cell is done: a run without a screen then loses it.
 *
 * @example Usage
 * ```ts
 * import { setDisplay } from "cria/lab/plot/screen.ts";
 * import { equal } from "node:assert/strict";
 *
 * let shown: unknown;
 * setDisplay(({ bundle }) => void (shown = bundle["text/plain"]));
 * await show("175 tasks");
 * setDisplay(undefined);
 * equal(shown, "175 tasks");
 * ```
 *
 * @param value Anything.
 * @returns A promise that is settled once the message is on its way.
 */
export async function show(value: unknown): Promise<void> {
  const bundle = await toBundle(isRows(value) ? table(value) : value);
  await screen().send({ bundle, update: false });
}
