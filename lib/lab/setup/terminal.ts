/** Options for {@linkcode Terminal}. */
export interface TerminalOptions {
  /** Takes text; standard error if it is left out, so that standard output stays for results. */
  write?: (text: string) => void;
  /** Whether a line can be written over; as standard error is if it is left out. */
  live?: boolean;
  /** Characters in a line. @default {80} */
  columns?: number;
}

/**
 * Writes lines, with one below them that is written over while something lasts.
 *
 * Where lines cannot be written over, as in a log, the changing line is left out.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * let text = "";
 * const terminal = new Terminal({ write: (more) => text += more, live: false });
 * terminal.status("1 of 2");
 * terminal.line("done");
 * equal(text, "done\n");
 * ```
 */
export class Terminal {
  /** Whether a line can be written over. */
  readonly live: boolean;
  readonly #write: (text: string) => void;
  readonly #columns: number;
  #status = "";

  /**
   * Opens the terminal.
   *
   * @param options Where to write, and how.
   */
  constructor(options: TerminalOptions = {}) {
    this.#write = options.write ?? writeToStderr;
    this.live = options.live ?? Deno.stderr.isTerminal();
    this.#columns = options.columns ?? columns();
  }

  /**
   * Writes a line that stays.
   *
   * @param text The line; it may hold several.
   */
  line(text: string): void {
    const status = this.#status;
    this.#erase();
    this.#write(`${text}\n`);
    if (status !== "") this.status(status);
  }

  /**
   * Writes over the changing line.
   *
   * @param text What it says now; `""` removes it.
   */
  status(text: string): void {
    if (!this.live) return;
    this.#erase();
    this.#status = text;
    this.#write(text.slice(0, this.#columns - 1));
  }

  #erase(): void {
    if (this.#status !== "") this.#write("\r\x1b[K");
    this.#status = "";
  }
}

function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) {
    sent += Deno.stderr.writeSync(bytes.subarray(sent));
  }
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || 80; // a terminal that does not know says 0
  } catch {
    return 80;
  }
}
