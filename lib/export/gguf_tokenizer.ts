import { join } from "node:path";
import { readJson } from "../io/json.ts";
import type { GgufValue } from "./gguf.ts";

/** What a `tokenizer.json` must hold to be written; the rest of it is not looked at. */
interface Vocabulary {
  /** Token by id, without holes. */
  tokens: string[];
  /** Tokens that stand outside of the text, by id: whether they are special. */
  added: Map<number, boolean>;
  /** Pairs that are merged, earliest first. */
  merges: [left: string, right: string][];
  /** Whether a space is put before a text. */
  spacePrefix: boolean;
}

/** Kinds of tokens, as SentencePiece and llama.cpp number them. */
const KIND = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;
const SPACE = "\u2581"; // ▁, which SentencePiece writes for a space

/**
 * Tells llama.cpp of the tokenizer of a checkpoint folder.
 *
 * llama.cpp's `"llama"` tokenizer merges, of all neighbors whose union is a token, those with the
 * highest score; a `tokenizer.json` has no scores but lists merges in their order. So a token that
 * merges make gets minus its place in that order, which leads to the same ids. Ids that the model
 * has beyond the vocabulary are filled up with tokens that are never used.
 *
 * @see {@link https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp | llm_tokenizer_spm}
 *
 * @example Usage
 * ```ts ignore
 * await ggufTokenizer("checkpoints/tiny", { vocabSize: model.config.vocab_size });
 * ```
 *
 * @param folder The folder with `tokenizer.json` and `tokenizer_config.json`.
 * @param options Number of ids that the model has.
 * @returns The metadata under `tokenizer.ggml`.
 * @throws {TypeError} If the tokenizer is of a kind that has no counterpart there.
 * @throws {RangeError} If it has more tokens than the model.
 * @throws {SyntaxError} If a file is broken.
 */
export async function ggufTokenizer(
  folder: string,
  { vocabSize }: { vocabSize: number },
): Promise<[key: string, value: GgufValue][]> {
  const path = join(folder, "tokenizer.json");
  const vocabulary = readVocabulary(await readJson(path), path);
  const config = await readJson(join(folder, "tokenizer_config.json"));
  const { tokens, added, spacePrefix } = vocabulary;
  if (tokens.length > vocabSize) {
    throw new RangeError(
      `Cannot export ${path} as it must have at most the model's ${vocabSize} tokens: current number is ${tokens.length}`,
    );
  }
  const special = (key: string): [string, GgufValue][] => {
    const token = contentOf(config[`${key}_token`]);
    const id = token === undefined ? -1 : tokens.indexOf(token);
    const name = key === "unk" ? "unknown" : key;
    return id < 0 ? [] : [[`tokenizer.ggml.${name}_token_id`, {
      type: "uint32",
      value: id,
    }]];
  };
  const unused = Array.from(
    { length: vocabSize - tokens.length },
    (_, i) => `[PAD${tokens.length + i}]`,
  );
  const kinds = tokens.map((token, id) =>
    kindOf(token, {
      added: added.get(id),
      unknown: contentOf(config["unk_token"]),
    })
  );
  return [
    ["tokenizer.ggml.model", { type: "string", value: "llama" }],
    ["tokenizer.ggml.pre", { type: "string", value: "default" }],
    ["tokenizer.ggml.tokens", {
      type: "strings",
      value: [...tokens, ...unused],
    }],
    ["tokenizer.ggml.scores", {
      type: "float32s",
      value: [...scores(vocabulary, kinds, path), ...unused.map(() => 0)],
    }],
    ["tokenizer.ggml.token_type", {
      type: "int32s",
      value: [...kinds, ...unused.map(() => KIND.unused)],
    }],
    ...["bos", "eos", "unk"].flatMap(special),
    ["tokenizer.ggml.add_bos_token", {
      type: "bool",
      value: config["add_bos_token"] !== false,
    }],
    ["tokenizer.ggml.add_eos_token", {
      type: "bool",
      value: config["add_eos_token"] === true,
    }],
    ["tokenizer.ggml.add_space_prefix", { type: "bool", value: spacePrefix }],
  ];
}

/** The text of a special token, which stands alone or in an object; none where it is not named. */
function contentOf(entry: unknown): string | undefined {
  const content = typeof entry === "object" ? Object(entry)["content"] : entry;
  return typeof content === "string" ? content : undefined;
}

/** The kind of a token. */
function kindOf(
  token: string,
  { added, unknown }: {
    added: boolean | undefined;
    unknown: string | undefined;
  },
): number {
  if (token === unknown) return KIND.unknown;
  if (added !== undefined) return added ? KIND.control : KIND.userDefined;
  return /^<0x[0-9A-F]{2}>$/.test(token) ? KIND.byte : KIND.normal;
}

/** Minus the place at which merges make a token; those that none makes come last. */
function scores(
  { tokens, merges }: Vocabulary,
  kinds: readonly number[],
  path: string,
): number[] {
  const places = new Map<string, number>();
  let last = "";
  for (const [left, right] of merges) {
    const whole = left + right;
    if (whole !== last && places.has(whole)) {
      throw new TypeError(
        `Cannot export ${path} as llama.cpp has one score a token, so all merges that make a token must stand together: current merges of ${
          JSON.stringify(whole)
        } stand apart`,
      );
    }
    if (!places.has(whole)) places.set(whole, places.size);
    last = whole;
  }
  let place = places.size;
  return tokens.map((token, id) =>
    kinds[id] === KIND.normal ? 0 - (places.get(token) ?? place++) : 0
  );
}

/** Checks a `tokenizer.json` and takes out what is needed. */
function readVocabulary(
  json: Record<string, unknown>,
  path: string,
): Vocabulary {
  const model = Object(json["model"]) as Record<string, unknown>;
  if (model["type"] !== "BPE" || model["byte_fallback"] !== true) {
    throw new TypeError(
      `Cannot export ${path} as its model must be BPE with byte fallback, as LLaMA 2's: current type is ${
        JSON.stringify(model["type"])
      }, byte_fallback ${JSON.stringify(model["byte_fallback"])}`,
    );
  }
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(Object(model["vocab"]))) {
    tokens[Number(id)] = token;
  }
  const added = new Map<number, boolean>();
  const listed = json["added_tokens"];
  for (const entry of Array.isArray(listed) ? listed : []) {
    const { id, content, special } = Object(entry) as Record<string, unknown>;
    tokens[Number(id)] = String(content);
    added.set(Number(id), special === true);
  }
  const hole = tokens.findIndex((token) => token === undefined);
  if (hole >= 0 || tokens.length === 0) {
    throw new SyntaxError(
      `Cannot export ${path} as every id below the highest must have a token: current id ${hole} has none`,
    );
  }
  const merges = model["merges"];
  return {
    tokens,
    added,
    merges: (Array.isArray(merges) ? merges : []).map((pair) =>
      typeof pair === "string" ? pair.split(" ") : pair
    ),
    spacePrefix: putsSpaceBefore(json, path),
  };
}

/** Whether a space is put before a text; refuses other changes to it, which llama.cpp does not make. */
function putsSpaceBefore(json: Record<string, unknown>, path: string): boolean {
  const steps = [json["normalizer"], json["pre_tokenizer"]]
    .filter((step) => step !== null && step !== undefined)
    .flatMap((step) => Object(step)["normalizers"] ?? [step]) as Record<
      string,
      unknown
    >[];
  let prefix = false;
  for (const step of steps) {
    switch (step["type"]) {
      case "Prepend":
        prefix ||= step["prepend"] === SPACE;
        continue;
      case "Metaspace":
        prefix ||= step["prepend_scheme"] !== "never";
        continue;
      case "Replace":
        if (step["content"] === SPACE) continue;
    }
    throw new TypeError(
      `Cannot export ${path} as its text must be changed in no way but with ${SPACE} for spaces: current step is ${
        JSON.stringify(step)
      }`,
    );
  }
  return prefix;
}
