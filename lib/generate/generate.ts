import type { Model } from "../model/load.ts";
import { loadTokenizer, type Tokenizer } from "../tokens/tokenizer.ts";
import { decode, type DecodeOptions } from "./decode.ts";
import { TextStream } from "./text_stream.ts";

/** Options for {@linkcode generate}. */
export interface GenerateOptions extends Partial<DecodeOptions> {
  /** The tokenizer; without it, that of the model's folder. */
  tokenizer?: Tokenizer;
}

/**
 * Writes on from a text, and gives the new text piece by piece as it is written.
 *
 * A character whose bytes are spread over several tokens is given once it is whole. The prompt is
 * taken as it stands: put a task into the template of the model first.
 *
 * @example Usage
 * ```ts ignore
 * for await (const piece of generate(model, "Once upon a time")) console.log(piece);
 * ```
 *
 * @param model The model.
 * @param prompt The text to go on from.
 * @param options How much chance there is, and when to end.
 * @returns The pieces of text; together they are what the model wrote.
 * @throws {RangeError} If the prompt leaves no position to write at.
 */
export async function* generate(
  model: Model,
  prompt: string,
  options: GenerateOptions = {},
): AsyncGenerator<string, void, void> {
  const tokenizer = options.tokenizer ?? await loadTokenizer(model.folder);
  const ids = tokenizer.encode(prompt, { addSpecialTokens: true });
  const stream = new TextStream(tokenizer, ids);
  const settings = { endIds: [tokenizer.eosId], ...options };
  for await (const event of decode(model, [ids], settings)) {
    if (event.kind !== "token") continue;
    const piece = stream.push(event.id);
    if (piece !== "") yield piece;
  }
  const rest = stream.end();
  if (rest !== "") yield rest;
}
