import { duration } from "../plot/duration.ts";
import { timeTaken } from "./time_taken.ts";
import type { OnEvent } from "./step.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Tells on a terminal what set-up does: a line as a step ends, and how far a download is.
 *
 * @example Usage
 * ```ts
 * import { Terminal } from "cria/lab/setup/terminal.ts";
 * import { equal } from "node:assert/strict";
 *
 * let text = "";
 * const announce = announcer(new Terminal({ write: (more) => text += more, live: false }));
 * announce({ kind: "done", step: "packages", text: "Installed JupyterLab", ms: 12_000 });
 * equal(text, "✓ Installed JupyterLab (12 s)\n");
 * ```
 *
 * @param terminal Where to tell.
 * @returns A function that takes what happens.
 */
export function announcer(terminal: Terminal): OnEvent {
  return (event) => {
    switch (event.kind) {
      case "start":
        return terminal.line(`… ${event.text}`);
      case "progress":
        return terminal.status(
          progress(event.done, event.total, event.ms),
        );
      case "done":
        terminal.status("");
        return terminal.line(`✓ ${event.text} (${timeTaken(event.ms)})`);
      case "problem":
        terminal.status("");
        return terminal.line(`✗ ${event.problem}`);
    }
  };
}

function progress(done: number, total: number, ms: number): string {
  const text = `  ${mega(done)} of ${mega(total)} MB`;
  if (done < total / 50) return text;
  if (done >= total) return `${text}, unpacking`;
  return `${text}, about ${duration(ms * (total - done) / done)} left`;
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
