import { type Bundle, bundleText } from "./bundle.ts";

/** One thing to show, on its way to wherever things are shown. */
export interface DisplayMessage {
  /** The forms of the thing. */
  readonly bundle: Bundle;
  /** Name of the place where it is shown, if it may be replaced later. */
  readonly displayId?: string;
  /** Whether it replaces what was shown under the same name. */
  readonly update: boolean;
}

/** Takes what is shown. */
export type Sink = (message: DisplayMessage) => void | Promise<void>;

/** Where things are shown. */
export interface Screen {
  /** What kind of place it is. */
  readonly kind: "sink" | "kernel" | "log" | "terminal";
  /** Whether frames that are replaced soon are worth sending. */
  readonly live: boolean;
  /** Shows one thing. */
  readonly send: Sink;
}

let chosen: Sink | undefined;

/**
 * Sends everything that is shown to a function, instead of to the notebook or the terminal.
 *
 * @example Collecting what a cell shows
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { show } from "cria/lab/plot/show.ts";
 *
 * const seen: DisplayMessage[] = [];
 * setDisplay((message) => void seen.push(message));
 * await show("hello");
 * setDisplay(undefined);
 * equal(seen[0]?.bundle["text/plain"], "hello");
 * ```
 *
 * @param sink Takes what is shown; `undefined` goes back to the usual place.
 */
export function setDisplay(sink: Sink | undefined): void {
  chosen = sink;
}

/**
 * Finds the place where things are shown now.
 *
 * The first of these that is there:
 * 1. the function given to {@linkcode setDisplay};
 * 2. the notebook, in a Deno kernel;
 * 3. the file that the environment variable `CRIA_DISPLAY_LOG` names: each thing is appended as a
 *    line of JSON, `{"bundle": …, "displayId": …, "update": …}`, so that whoever runs the cells of
 *    a notebook without a kernel can put the drawings into its report;
 * 4. the terminal, where the text form is printed.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * setDisplay(() => {});
 * equal(screen().kind, "sink");
 * setDisplay(undefined);
 * ```
 *
 * @returns The place.
 */
export function screen(): Screen {
  if (chosen !== undefined) return { kind: "sink", live: true, send: chosen };
  if (inKernel()) return { kind: "kernel", live: true, send: sendToKernel };
  const log = Deno.env.get("CRIA_DISPLAY_LOG");
  if (log) {
    return {
      kind: "log",
      live: false,
      send: (message) => append(log, message),
    };
  }
  return { kind: "terminal", live: false, send: print };
}

/**
 * Says whether this code runs in a cell of a notebook. Never throws.
 *
 * @example Not here
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(inKernel(), false);
 * ```
 *
 * @returns Whether there is a Deno kernel to show things.
 */
export function inKernel(): boolean {
  try {
    return typeof Deno.jupyter.display === "function";
  } catch {
    return false; // Outside a kernel, the namespace throws when it is touched.
  }
}

/** Shows in the notebook, and waits a turn of the event loop: the message is then surely on its way. */
async function sendToKernel(message: DisplayMessage): Promise<void> {
  const { bundle, displayId, update } = message;
  await Deno.jupyter.display(bundle, {
    raw: true,
    update,
    ...(displayId === undefined ? {} : { display_id: displayId }),
  });
  await new Promise<void>((sent) => setTimeout(sent, 0));
}

async function append(path: string, message: DisplayMessage): Promise<void> {
  const { bundle, displayId, update } = message;
  const line = JSON.stringify({ bundle, displayId, update });
  await Deno.writeTextFile(path, line + "\n", { append: true });
}

function print({ bundle }: DisplayMessage): void {
  // deno-lint-ignore no-console -- A terminal is where the lab shows things outside a notebook.
  console.log(bundleText(bundle));
}
