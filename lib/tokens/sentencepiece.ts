import type { Piece } from "../io/llama2c.ts";

/** The parts of a `tokenizer.json` that are written here; others are read as they come. */
export interface TokenizerJson {
  /** Tokens that stand outside of the text, such as `</s>`. */
  "added_tokens": { id: number; content: string; special: boolean }[];
  /** The vocabulary and its merges. */
  model: {
    vocab: Record<string, number>;
    merges: string[];
    [key: string]: unknown;
  };
  /** The other stages. */
  [key: string]: unknown;
}

const SPECIAL = ["<unk>", "<s>", "</s>"];
const SPACE = "\u2581"; // ▁, which SentencePiece writes for a space

/**
 * Writes a SentencePiece vocabulary as the `tokenizer.json` that Hugging Face's libraries open.
 *
 * SentencePiece merges the pair whose union scores highest; a `tokenizer.json` lists pairs in the
 * order in which they merge. So every way to cut a piece in two pieces becomes a merge, ranked by
 * the score of the whole, and among equals by the ids of the two.
 *
 * @see {@link https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py | convert_slow_tokenizer.py, generate_merges}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const pieces = ["<unk>", "<s>", "</s>", "a", "b", "ab"].map((text, i) => ({ text, score: -i }));
 * deepEqual(tokenizerFromPieces(pieces).model.merges, ["a b"]);
 * ```
 *
 * @param pieces The pieces in the order of their ids; the first three are `<unk>`, `<s>`, `</s>`
 * whatever their text.
 * @returns The content of the file.
 */
export function tokenizerFromPieces(pieces: readonly Piece[]): TokenizerJson {
  const texts = pieces.map(({ text }, id) =>
    SPECIAL[id] ?? text.replaceAll(" ", SPACE)
  );
  const vocab = Object.fromEntries(texts.map((text, id) => [text, id]));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    "added_tokens": SPECIAL.map((content, id) => ({
      id,
      content,
      "single_word": false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: SPACE },
        { type: "Replace", pattern: { String: " " }, content: SPACE },
      ],
    },
    "pre_tokenizer": null,
    "post_processor": {
      type: "TemplateProcessing",
      single: [special(0), sequence("A", 0)],
      pair: [special(0), sequence("A", 0), special(1), sequence("B", 1)],
      "special_tokens": { "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: SPACE }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      "unk_token": "<unk>",
      "continuing_subword_prefix": null,
      "end_of_word_suffix": null,
      "fuse_unk": true,
      "byte_fallback": true,
      vocab,
      merges: merges(texts, pieces, vocab),
    },
  };
}

/** `<s>` before the text of one side of a pair. */
function special(side: number) {
  return { SpecialToken: { id: "<s>", "type_id": side } };
}

/** The text of one side of a pair. */
function sequence(id: string, side: number) {
  return { Sequence: { id, "type_id": side } };
}

/** Every way to put a piece together from two, earliest merge first. */
function merges(
  texts: readonly string[],
  pieces: readonly Piece[],
  vocab: Record<string, number>,
): string[] {
  const ids = new Map(Object.entries(vocab)); // a plain record has "constructor" in it
  const found = texts.flatMap((text, id) => {
    const letters = [...text];
    return letters.slice(1).map((_, i) => {
      const left = letters.slice(0, i + 1).join("");
      const right = letters.slice(i + 1).join("");
      return { left, right, score: pieces[id]!.score };
    }).filter(({ left, right }) => ids.has(left) && ids.has(right))
      .sort((a, b) =>
        ids.get(a.left)! - ids.get(b.left)! ||
        ids.get(a.right)! - ids.get(b.right)!
      );
  });
  return found
    .sort((a, b) => b.score - a.score)
    .map(({ left, right }) => `${left} ${right}`);
}
