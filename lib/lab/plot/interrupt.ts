import { inKernel } from "./screen.ts";

/** Exit code of a process that the user stopped. */
const STOPPED = 130;

let current = new AbortController();
let listening = false;

/**
 * Gives a signal that the stop button of JupyterLab sets off, so that a loop can end and everything
 * that the notebook has computed stays.
 *
 * Without it, the stop button kills the kernel and all its variables. Ask for the signal in every
 * cell that loops: the one that was set off stays so, and the next call gives a fresh one; until
 * then, every call gives the same. In a terminal Ctrl-C sets it off, and a second Ctrl-C ends the
 * process.
 *
 * @example A loop that can be stopped
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const signal = onInterrupt();
 * let step = 0;
 * while (!signal.aborted && step < 3) step++;
 * equal(step, 3);
 * stopListening();
 * ```
 *
 * @returns The signal.
 */
export function onInterrupt(): AbortSignal {
  if (current.signal.aborted) current = new AbortController();
  if (!listening) {
    Deno.addSignalListener("SIGINT", interrupt);
    listening = true;
  }
  return current.signal;
}

/**
 * Gives the stop button its usual meaning again: it ends the process.
 *
 * @example It may be called at any time
 * ```ts
 * stopListening();
 * ```
 */
export function stopListening(): void {
  if (listening) Deno.removeSignalListener("SIGINT", interrupt);
  listening = false;
}

function interrupt(): void {
  if (current.signal.aborted && !inKernel()) Deno.exit(STOPPED);
  current.abort(
    new DOMException("The user stopped the loop", "AbortError"),
  );
}
