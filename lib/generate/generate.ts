import type { Model } from "../model/load.ts";
import { loadTokenizer, type Tokenizer } from "../tokens/tokenizer.ts";
import { decode, type DecodeOptions } from "./decode.ts";

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
  const written: number[] = [];
  let given = 0;
  const events = decode(model, [ids], {
    endIds: [tokenizer.eosId],
    ...options,
  });
  for await (const event of events) {
    if (event.kind === "token") written.push(event.id);
    const text = textOf(tokenizer, ids, written);
    const whole = event.kind === "end" || !text.endsWith(UNFINISHED);
    if (!whole || text.length === given) continue;
    yield text.slice(given);
    given = text.length;
  }
}

const UNFINISHED = "\uFFFD"; // what stands for bytes that are no character yet

/** The text that tokens add to a prompt. */
function textOf(
  tokenizer: Tokenizer,
  prompt: Int32Array,
  written: readonly number[],
): string {
  // the first token of a text loses its space when decoded alone, so a token of the prompt goes before
  const before = [...prompt.slice(-1)];
  return tokenizer.decode([...before, ...written])
    .slice(tokenizer.decode(before).length);
}
