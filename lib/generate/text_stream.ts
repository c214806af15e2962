import type { Tokenizer } from "../tokens/tokenizer.ts";

/**
 * Turns tokens into text as they come, so that the pieces together are the text of all.
 *
 * A character whose bytes are spread over several tokens is held back until it is whole. Cost of a
 * token: decoding it and those of the piece before it, however long the text has become.
 *
 * @example Usage
 * ```ts ignore
 * const stream = new TextStream(tokenizer);
 * stream.push(9038); // "Once"
 * stream.push(2501); // " upon"
 * stream.end(); // ""
 * ```
 */
export class TextStream {
  readonly #tokenizer: Tokenizer;
  /** Tokens whose text has been given; they decide whether the next one begins with a space. */
  #before: number[];
  #fresh: number[] = [];

  /**
   * Opens a stream.
   *
   * @param tokenizer The tokenizer that the ids are of.
   * @param prompt Ids that the text goes on from. Without any it is a text of its own, to which
   * the space that the tokenizer puts before a text does not belong.
   */
  constructor(tokenizer: Tokenizer, prompt: ArrayLike<number> = []) {
    this.#tokenizer = tokenizer;
    const ids = Array.from(prompt);
    let start = Math.max(0, ids.length - 1);
    while (start > 0 && tokenizer.decode(ids.slice(start)).startsWith(BROKEN)) {
      start--; // a character of the prompt must not be cut
    }
    this.#before = ids.slice(start);
  }

  /**
   * Takes one more token.
   *
   * @param id The token.
   * @returns The text that is new; `""` while a character is not whole.
   */
  push(id: number): string {
    this.#fresh.push(id);
    const text = this.#text();
    return text.endsWith(BROKEN) ? "" : this.#give(text);
  }

  /**
   * Ends the stream.
   *
   * @returns What was held back, with U+FFFD for bytes that never became a character.
   */
  end(): string {
    return this.#give(this.#text());
  }

  /** The text that the fresh tokens add. */
  #text(): string {
    const { length } = this.#tokenizer.decode(this.#before);
    return this.#tokenizer.decode([...this.#before, ...this.#fresh])
      .slice(length);
  }

  #give(text: string): string {
    // A token without text, such as a special one, would leave nothing to go on from.
    if (text !== "") [this.#before, this.#fresh] = [this.#fresh, []];
    return text;
  }
}

const BROKEN = "\uFFFD"; // what stands for bytes that are no character
