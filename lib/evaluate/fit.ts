import type { Model } from "../model/load.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";

/**
 * Refuses a tokenizer whose ids the model may not know.
 *
 * @example Usage
 * ```ts ignore
 * checkTokenizer(model, tokenizer);
 * ```
 *
 * @param model The model.
 * @param tokenizer The tokenizer.
 * @throws {RangeError} If the tokenizer has more tokens than the model.
 */
export function checkTokenizer(model: Model, tokenizer: Tokenizer): void {
  const { "vocab_size": V } = model.config;
  if (tokenizer.vocabSize <= V) return;
  throw new RangeError(
    `Cannot evaluate the model of ${model.folder} as the tokenizer of ${tokenizer.folder} must have at most its ${V} tokens: current number is ${tokenizer.vocabSize}`,
  );
}
