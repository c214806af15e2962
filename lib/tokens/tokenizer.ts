import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { join } from "node:path";
import { readJson } from "../io/json.ts";

/** Options for {@linkcode Tokenizer.encode}. */
export interface EncodeOptions {
  /**
   * Whether the tokens that the tokenizer puts around a text, such as `<s>`, are added.
   *
   * @default {false}
   */
  addSpecialTokens?: boolean;
}

/** Turns text into token ids and back. */
export interface Tokenizer {
  /** Number of ids, the added ones counted. */
  readonly vocabSize: number;
  /** Id of the token that begins a sequence; absent where there is none. */
  readonly bosId: number | undefined;
  /** Id of the token that ends an answer. */
  readonly eosId: number;
  /** Text of the token that ends an answer, such as `"</s>"`. */
  readonly eosToken: string;
  /** The folder that the tokenizer's files are in. */
  readonly folder: string;
  /** Turns text into ids. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Turns ids into text, special tokens left out. */
  decode(ids: Iterable<number>): string;
  /** The token of an id as the vocabulary writes it, such as `"▁the"`. */
  token(id: number): string;
  /** The id of a token as the vocabulary writes it. */
  id(token: string): number | undefined;
}

/**
 * Opens the tokenizer of a checkpoint folder: `tokenizer.json`, and `tokenizer_config.json` for the
 * names of its special tokens.
 *
 * @example Usage
 * ```ts ignore
 * const tokenizer = await loadTokenizer("checkpoints/base/stories15M");
 * tokenizer.encode("Once upon a time"); // Int32Array [9038, 2501, 263, 931]
 * ```
 *
 * @param folder The folder.
 * @returns The tokenizer.
 * @throws {Deno.errors.NotFound} If a file is missing.
 * @throws {SyntaxError} If a file is not what it should be, or names no token that ends an answer.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const [json, config] = await Promise.all([
    readJson(join(folder, "tokenizer.json")),
    readJson(join(folder, "tokenizer_config.json")),
  ]);
  const inner = openInner(json, config, folder);
  const special = (key: string) => {
    const entry = config[key];
    const token = typeof entry === "object" && entry !== null
      ? (entry as Record<string, unknown>)["content"]
      : entry;
    return typeof token === "string" ? token : undefined;
  };
  const [bos, eos] = [special("bos_token"), special("eos_token")];
  const eosId = eos === undefined ? undefined : inner.token_to_id(eos);
  if (eos === undefined || eosId === undefined) {
    throw new SyntaxError(
      `Cannot use the tokenizer of ${folder} as its tokenizer_config.json must name an "eos_token" of the vocabulary: current value is ${
        JSON.stringify(eos)
      }`,
    );
  }
  return {
    vocabSize: 1 + Math.max(...inner.get_vocab(true).values()),
    bosId: bos === undefined ? undefined : inner.token_to_id(bos),
    eosId,
    eosToken: eos,
    folder,
    encode: (text, { addSpecialTokens = false } = {}) =>
      Int32Array.from(
        inner.encode(text, { add_special_tokens: addSpecialTokens }).ids,
      ),
    decode(ids) {
      const list = [...ids];
      return list.length === 0 // the library refuses an empty list
        ? ""
        : inner.decode(list, {
          "skip_special_tokens": true,
          "clean_up_tokenization_spaces":
            config["clean_up_tokenization_spaces"] === true,
        });
    },
    token: (id) => inner.id_to_token(id) ?? `<${id}>`,
    id: (token) => inner.token_to_id(token),
  };
}

/** Opens the library's tokenizer, its errors told with the folder. */
function openInner(
  json: Record<string, unknown>,
  config: Record<string, unknown>,
  folder: string,
): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, config);
  } catch (cause) {
    throw new SyntaxError(
      `Cannot use the tokenizer of ${folder} as its tokenizer.json must be one of Hugging Face's: ${
        (cause as Error).message
      }`,
      { cause },
    );
  }
}
