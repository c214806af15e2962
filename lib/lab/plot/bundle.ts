/** One value in several forms, by MIME type; a front end shows the richest form that it knows. */
export type Bundle = Readonly<Record<string, unknown>>;

/** The key of the method by which the Deno kernel asks a value for its {@linkcode Bundle}. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** A value that shows itself in a notebook. */
export interface Displayable {
  /** Gives the forms of the value. */
  [jupyterDisplay](): Bundle | Promise<Bundle>;
}

/**
 * Gives the forms in which a value can be shown.
 *
 * A value that knows how to show itself is asked; a string stands for itself; anything else is
 * shown as Deno prints it.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(await toBundle("hello"), { "text/plain": "hello" });
 * ```
 *
 * @param value Anything.
 * @returns The forms; `text/plain` is among them unless the value's own method leaves it out.
 */
export async function toBundle(value: unknown): Promise<Bundle> {
  if (typeof value === "string") return { "text/plain": value };
  if (isDisplayable(value)) return await value[jupyterDisplay]();
  return { "text/plain": Deno.inspect(value, { colors: false }) };
}

/**
 * Gives the text form of a bundle.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(bundleText({ "text/plain": "12 tasks", "text/html": "<b>12</b>" }), "12 tasks");
 * ```
 *
 * @param bundle The forms of a value.
 * @returns Its `text/plain`, or the names of the forms that there are.
 */
export function bundleText(bundle: Bundle): string {
  const text = bundle["text/plain"];
  return typeof text === "string"
    ? text
    : `[${Object.keys(bundle).join(", ")}]`;
}

function isDisplayable(value: unknown): value is Displayable {
  return (typeof value === "object" || typeof value === "function") &&
    value !== null && jupyterDisplay in value &&
    typeof value[jupyterDisplay] === "function";
}
