/** Options for {@linkcode TerminalLine}. */
export interface TerminalLineOptions {
  /** Shortest time between two writings, in milliseconds. @default {250} */
  throttleMs?: number;
  /** A clock, in milliseconds from any start. @default {performance.now} */
  now?: () => number;
  /** Takes what is written. @default {standard error} */
  write?: (text: string) => void;
  /** Columns of the terminal, or `undefined` where lines cannot be written over. @default {standard error's} */
  columns?: number | undefined;
}

/** Shortest time between two lines in a file, in milliseconds. */
const FILE_THROTTLE_MS = 10_000;

const WRITE_OVER = "\r\x1b[2K";

/**
 * One line of a terminal that is written over; in a file, a new line now and then.
 *
 * @example The last text stays
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const written: string[] = [];
 * const line = new TerminalLine({ write: (text) => void written.push(text), columns: undefined });
 * line.write("1 of 2");
 * line.end("2 of 2");
 * deepEqual(written, ["1 of 2\n", "2 of 2\n"]);
 * ```
 */
export class TerminalLine {
  readonly #throttleMs: number;
  readonly #now: () => number;
  readonly #write: (text: string) => void;
  readonly #columns: number | undefined;
  #nextMs = -Infinity;

  /**
   * Constructs a new {@linkcode TerminalLine}; nothing is written yet.
   *
   * @param options Where and how often to write.
   */
  constructor(options: TerminalLineOptions = {}) {
    const {
      throttleMs = 250,
      now = () => performance.now(),
      write = (text) =>
        void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    } = options;
    this.#columns = "columns" in options ? options.columns : terminalColumns();
    this.#throttleMs = this.#columns === undefined
      ? Math.max(throttleMs, FILE_THROTTLE_MS)
      : throttleMs;
    this.#now = now;
    this.#write = write;
  }

  /**
   * Writes a text in place of the one before, unless that was written a moment ago.
   *
   * @param text One line.
   */
  write(text: string): void {
    if (this.#now() < this.#nextMs) return;
    this.#nextMs = this.#now() + this.#throttleMs;
    this.#put(text, this.#columns === undefined ? "\n" : "");
  }

  /**
   * Writes the last text, for good.
   *
   * @param text One line.
   */
  end(text: string): void {
    this.#nextMs = -Infinity;
    this.#put(text, "\n");
  }

  #put(text: string, end: string): void {
    const line = text.replaceAll(/\s+/g, " ");
    const columns = this.#columns;
    if (columns === undefined) return this.#write(line + end);
    // A line that wraps could not be written over as a whole.
    const cut = line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
    this.#write(WRITE_OVER + cut + end);
  }
}

function terminalColumns(): number | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  try {
    return Deno.consoleSize().columns || 80; // a terminal that does not know says 0
  } catch {
    return 80; // Standard error is a terminal whose size cannot be asked, as in some containers.
  }
}
