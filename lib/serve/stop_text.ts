/**
 * Cuts a text that comes in pieces where one of several strings begins.
 *
 * What may become such a string is held back until it is known whether it does, so that none of it
 * is given out, and nothing else is lost. The text is the same however it is divided into pieces:
 * it ends at the string that is complete first.
 *
 * @example A beginning that comes to nothing is given after all
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const stop = new StopText(["###"]);
 * equal(stop.push("a #"), "a ");
 * equal(stop.push("# b"), "## b");
 * equal(stop.push(" ###c"), " ");
 * equal(stop.stopped, true);
 * ```
 */
export class StopText {
  /** Whether the text has ended. */
  stopped = false;
  readonly #stops: readonly string[];
  #held = "";

  /**
   * Begins a text.
   *
   * @param stops The strings, none empty.
   */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /**
   * Takes a piece of the text.
   *
   * @param piece The piece.
   * @returns What is certain to belong to the text; nothing once it has ended.
   */
  push(piece: string): string {
    if (this.stopped) return "";
    const text = this.#held + piece;
    const start = this.#firstStop(text);
    if (start !== undefined) {
      this.stopped = true;
      this.#held = "";
      return text.slice(0, start);
    }
    const held = Math.max(0, ...this.#stops.map((s) => overlap(text, s)));
    this.#held = text.slice(text.length - held);
    return text.slice(0, text.length - held);
  }

  /**
   * Ends the text.
   *
   * @returns What was held back and came to nothing.
   */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  /** Where the string begins that is complete first, the longest of several. */
  #firstStop(text: string): number | undefined {
    const found = this.#stops
      .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) =>
        a.start + a.length - b.start - b.length ||
        a.start - b.start
      );
    return found[0]?.start;
  }
}

/** Length of the longest end of a text that a string begins with, the whole string left out. */
function overlap(text: string, stop: string): number {
  let length = Math.min(text.length, stop.length - 1);
  while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
  return length;
}
