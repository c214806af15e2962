import { GGMLQuantizationType, gguf, GGUFValueType } from "@huggingface/gguf";
import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { openEngine } from "../../lib/engine/engine.ts";
import { ggufElements } from "../../lib/export/gguf_elements.ts";
import { ggufWeights, interleaved } from "../../lib/export/gguf_tensors.ts";
import { writeGguf } from "../../lib/export/write_gguf.ts";
import { chatTemplate } from "../../lib/export/chat_template.ts";
import { llama } from "../../lib/model/llama.ts";
import { modelOf } from "../../lib/model/load.ts";
import { ALPACA } from "../../lib/tokens/template.ts";
import golden from "../golden/gguf_q8_0.json" with { type: "json" };
import { openTiny, TINY_PIECES } from "../tiny.ts";

await openEngine();
const TYPES = ["F32", "F16", "Q8_0"] as const;
const V = TINY_PIECES.length;
/** Rows that blocks of 32 fill, and others that they do not. */
const SIZES = {
  "hidden_size": 32,
  "intermediate_size": 48,
  "head_dim": 8,
  "max_position_embeddings": 128,
};

Deno.test(`Q8_0 blocks are those of gguf ${golden.gguf}`, () => {
  const bytes = ggufElements(new Float32Array(golden.data), "Q8_0");
  equal(bytes.toHex(), golden.bytes);
});

Deno.test("F16 elements are rounded to the nearest, ties to even", () => {
  const data = new Float32Array([1, -2, 65504, 2049, 2051, 2 ** -24, 0.1]);
  const bytes = ggufElements(data, "F16");
  deepEqual(
    [...new Uint16Array(bytes.buffer)],
    [0x3c00, 0xc000, 0x7bff, 0x6800, 0x6802, 0x0001, 0x2e66],
  );
});

Deno.test("an element that a type cannot hold is refused", () => {
  const data = new Float32Array(32);
  for (
    const [type, value] of [["F16", 70_000], ["Q8_0", 1e7], [
      "Q8_0",
      NaN,
    ]] as const
  ) {
    data[7] = value;
    throws(() => ggufElements(data, type), RangeError);
  }
});

Deno.test("another reader finds every key in the file, with its type", async () => {
  await using tiny = await openTiny(SIZES);
  const { model } = tiny;
  const path = `${model.folder}/tiny.gguf`;
  for (const type of TYPES) {
    await writeGguf(model, path, { type, name: "tiny é" });
    const { metadata, typedMetadata } = await gguf(path, {
      allowLocalFile: true,
      typedMetadata: true,
    });
    deepEqual(without(metadata, ["tokenizer.ggml.scores"]), {
      "version": 3,
      "tensor_count": 21n,
      "kv_count": 29n,
      "general.architecture": "llama",
      "general.name": "tiny é",
      "general.alignment": 32,
      "general.file_type": { F32: 0, F16: 1, Q8_0: 7 }[type],
      "general.quantization_version": 2,
      "llama.context_length": 128,
      "llama.embedding_length": 32,
      "llama.block_count": 2,
      "llama.feed_forward_length": 48,
      "llama.attention.head_count": 4,
      "llama.attention.head_count_kv": 2,
      "llama.attention.key_length": 8,
      "llama.attention.value_length": 8,
      "llama.rope.dimension_count": 8,
      "llama.vocab_size": V,
      "llama.attention.layer_norm_rms_epsilon": Math.fround(1e-5),
      "llama.rope.freq_base": 10_000,
      "tokenizer.ggml.model": "llama",
      "tokenizer.ggml.pre": "default",
      "tokenizer.ggml.tokens": TINY_PIECES.map(({ text }) =>
        text.replaceAll(" ", "▁")
      ),
      "tokenizer.ggml.token_type": TINY_PIECES.map((_, id) =>
        id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1
      ),
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.eos_token_id": 2,
      "tokenizer.ggml.unknown_token_id": 0,
      "tokenizer.ggml.add_bos_token": true,
      "tokenizer.ggml.add_eos_token": false,
      "tokenizer.ggml.add_space_prefix": true,
      "tokenizer.chat_template": chatTemplate(ALPACA),
    });
    const types = Object.fromEntries(
      Object.entries(typedMetadata).map(([key, { type }]) => [key, type]),
    );
    equal(types["llama.context_length"], GGUFValueType.UINT32);
    equal(types["llama.rope.freq_base"], GGUFValueType.FLOAT32);
    equal(types["tokenizer.ggml.scores"], GGUFValueType.ARRAY);
  }
});

Deno.test("another reader finds every tensor in its place, and the elements are the model's", async () => {
  await using tiny = await openTiny(SIZES);
  const { model } = tiny;
  const path = `${model.folder}/tiny.gguf`;
  for (const type of TYPES) {
    await writeGguf(model, path, { type });
    const { tensorInfos, tensorDataOffset } = await gguf(path, {
      allowLocalFile: true,
    });
    const file = await Deno.readFile(path);
    equal(Number(tensorDataOffset) % 32, 0);
    deepEqual(
      tensorInfos.map(({ name }) => name),
      ggufWeights(model.config, type).map(({ name }) => name),
    );
    let end = 0;
    for (const { name, shape, dtype, offset } of tensorInfos) {
      equal(Number(offset), Math.ceil(end / 32) * 32, name);
      const source = sourceOf(name);
      const weight = model.weights[source]!;
      deepEqual(shape.map(Number), weight.shape.toReversed(), name);
      const expected = weight.shape.length === 1
        ? "F32"
        : type === "Q8_0" && weight.shape[1] === 48
        ? "F16" // its rows are no whole number of blocks
        : type;
      equal(GGMLQuantizationType[dtype], expected, name);
      const start = Number(tensorDataOffset) + Number(offset);
      const elements = await weight.data() as Float32Array;
      const heads = { "attn_q": 4, "attn_k": 2 }[name.split(".")[2] ?? ""];
      const bytes = ggufElements(
        heads === undefined
          ? elements
          : interleaved(elements, { heads, width: 32 }),
        expected,
      );
      deepEqual(file.subarray(start, start + bytes.length), bytes, name);
      end = Number(offset) + bytes.length;
    }
    equal(file.length, Number(tensorDataOffset) + Math.ceil(end / 32) * 32);
  }
});

Deno.test("query and key rows in Meta's order, turned in Meta's pairs, give the same model", async () => {
  await using tiny = await openTiny(SIZES);
  const { model } = tiny;
  const path = `${model.folder}/tiny.gguf`;
  await writeGguf(model, path, { type: "F32" });
  const { tensorInfos, tensorDataOffset } = await gguf(path, {
    allowLocalFile: true,
  });
  const file = await Deno.readFile(path);
  const [H, D] = [model.config.head_dim, model.config.hidden_size];
  const weights = tf.tidy(() =>
    Object.fromEntries(tensorInfos.map(({ name, shape, offset }) => {
      const start = Number(tensorDataOffset) + Number(offset);
      const size = shape.reduce((a, b) => a * Number(b), 1);
      const data = new Float32Array(file.slice(start, start + 4 * size).buffer);
      const sizes = shape.map(Number).toReversed();
      const plain = tf.tensor(data, sizes);
      const part = name.split(".")[2]!;
      if (part !== "attn_q" && part !== "attn_k") {
        return [sourceOf(name), tf.keep(plain)];
      }
      // Meta's pair (2i, 2i + 1) is Hugging Face's (i, i + H/2).
      const pairs = tf.reshape(plain, [sizes[0]! / H, H / 2, 2, D]);
      const back = tf.reshape(tf.transpose(pairs, [0, 2, 1, 3]), sizes);
      return [sourceOf(name), tf.keep(back)];
    }))
  );
  const ids = tf.tensor([[1, 260, 270, 280, 290]], [1, 5], "int32");
  const [expected, actual] = [model.weights, weights].map((given) =>
    llama(given, model.config, ids)
  );
  deepEqual(await actual!.data(), await expected!.data());
  const permuted = model.weights["model.layers.0.self_attn.q_proj.weight"]!;
  const q = tensorInfos.find(({ name }) => name === "blk.0.attn_q.weight")!;
  const start = Number(tensorDataOffset) + Number(q.offset);
  const rows = new Float32Array(file.slice(start, start + 4 * 3 * D).buffer);
  const old = await permuted.data() as Float32Array;
  deepEqual(rows.subarray(0, D), old.subarray(0, D));
  deepEqual(rows.subarray(D, 2 * D), old.subarray(H / 2 * D, (H / 2 + 1) * D));
  deepEqual(rows.subarray(2 * D, 3 * D), old.subarray(D, 2 * D));
  tf.dispose([weights, ids, expected, actual]);
});

Deno.test("scores lead llama.cpp's merging to the ids of the tokenizer", async () => {
  await using tiny = await openTiny(SIZES);
  const { model, tokenizer } = tiny;
  const path = `${model.folder}/tiny.gguf`;
  await writeGguf(model, path, { type: "F16" });
  const metadata = await metadataOf(path);
  const tokens = metadata["tokenizer.ggml.tokens"] as string[];
  const scores = metadata["tokenizer.ggml.scores"] as number[];
  const texts = [
    "the singing hen and the ant",
    "in  the  end: wander, thither.",
    "stand, tinier anther",
    "naïve é 😀\n\tthe",
    "",
  ];
  for (const text of texts) {
    deepEqual(
      merged(text, { tokens, scores }),
      [...tokenizer.encode(text)],
      text,
    );
  }
});

Deno.test("ids that the model has and the tokenizer has not become tokens that are never used", async () => {
  await using tiny = await openTiny({ ...SIZES, "vocab_size": V + 2 });
  const path = `${tiny.model.folder}/tiny.gguf`;
  await writeGguf(tiny.model, path, { type: "F16" });
  const metadata = await metadataOf(path);
  const tokens = metadata["tokenizer.ggml.tokens"] as string[];
  deepEqual(tokens.slice(V), [`[PAD${V}]`, `[PAD${V + 1}]`]);
  deepEqual((metadata["tokenizer.ggml.token_type"] as number[]).slice(V), [
    5,
    5,
  ]);
});

Deno.test("a special token that the tokenizer does not name is none, not the word for it", async () => {
  await using tiny = await openTiny(SIZES);
  const { model } = tiny;
  const config = JSON.stringify({ "bos_token": null, "eos_token": "</s>" });
  await Deno.writeTextFile(`${model.folder}/tokenizer_config.json`, config);
  const file = `${model.folder}/tokenizer.json`;
  const json = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, json.replace(/"the":/, '"undefined":'));
  const path = `${model.folder}/tiny.gguf`;
  await writeGguf(model, path, { type: "F16" });
  const metadata = await metadataOf(path);
  ok((metadata["tokenizer.ggml.tokens"] as string[]).includes("undefined"));
  deepEqual(
    ["bos", "eos", "unknown"].map((name) =>
      metadata[`tokenizer.ggml.${name}_token_id`]
    ),
    [undefined, 2, undefined],
  );
});

Deno.test("a tied output layer is left to the reader", async () => {
  await using tiny = await openTiny({ ...SIZES, "tie_word_embeddings": true });
  const path = `${tiny.model.folder}/tiny.gguf`;
  await writeGguf(tiny.model, path, { type: "F16" });
  const { tensorInfos } = await gguf(path, { allowLocalFile: true });
  equal(tensorInfos.at(-1)!.name, "output_norm.weight");
});

Deno.test("a file that cannot be finished leaves the old one, and nothing else", async () => {
  await using tiny = await openTiny(SIZES);
  const { model } = tiny;
  const path = `${model.folder}/tiny.gguf`;
  await Deno.writeTextFile(path, "old");
  const name = "model.layers.1.mlp.up_proj.weight";
  const broken = modelOf(model.folder, model.config, {
    ...model.weights,
    [name]: tf.fill([48, 32], 1e30),
  });
  await rejects(
    writeGguf(broken, path, { type: "Q8_0" }),
    /must be a number in the type's range.*mlp\.up_proj/,
  );
  tf.dispose(broken.weights[name]!);
  equal(await Deno.readTextFile(path), "old");
  const files = await Array.fromAsync(Deno.readDir(model.folder));
  deepEqual(files.map(({ name }) => name).sort(), [
    "tiny.gguf",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
});

Deno.test("a tokenizer that llama.cpp's LLaMA has no counterpart for is refused by name", async () => {
  const cases: [change: (json: Json) => void, law: RegExp][] = [
    [
      (json) => json["model"]!["byte_fallback"] = false,
      /must be BPE with byte fallback/,
    ],
    [(json) => json["model"]!["type"] = "Unigram", /current type is "Unigram"/],
    [
      (json) => json["pre_tokenizer"] = { type: "ByteLevel" },
      /changed in no way.*ByteLevel/,
    ],
    [
      (json) => (json["model"]!["merges"] as string[]).push("h e"),
      /must stand together.*"he" stand apart/,
    ],
    [
      (json) => (json["model"]!["vocab"] as Record<string, number>)["zz"] = 999,
      /every id below the highest/,
    ],
  ];
  for (const [change, law] of cases) {
    await using tiny = await openTiny(SIZES);
    const { model } = tiny;
    const file = `${model.folder}/tokenizer.json`;
    const json = JSON.parse(await Deno.readTextFile(file));
    change(json);
    await Deno.writeTextFile(file, JSON.stringify(json));
    await rejects(
      writeGguf(model, `${model.folder}/tiny.gguf`, { type: "F16" }),
      law,
    );
  }
});

type Json = Record<string, Record<string, unknown>>;

/** The Hugging Face name of a tensor of llama.cpp's, worked out the other way round. */
function sourceOf(name: string): string {
  const [, layer, part] = name.match(/^(?:blk\.(\d+)\.)?(.+)\.weight$/)!;
  const parts: Record<string, string> = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
  };
  const prefix = layer === undefined ? "" : `model.layers.${layer}.`;
  return `${prefix}${parts[part!]}.weight`;
}

/** The metadata that another reader finds. */
async function metadataOf(path: string): Promise<Record<string, unknown>> {
  const { metadata } = await gguf(path, { allowLocalFile: true });
  return { ...metadata };
}

function without(
  record: object,
  keys: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([key]) => !keys.includes(key)),
  );
}

/** What llama.cpp's tokenizer does: merge the pair whose union scores highest, the first of equals. */
function merged(
  text: string,
  { tokens, scores }: { tokens: string[]; scores: number[] },
): number[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const symbols = [...(text === "" ? "" : `▁${text.replaceAll(" ", "▁")}`)];
  while (true) {
    let best = -1;
    let highest = -Infinity;
    for (let i = 0; i + 1 < symbols.length; i++) {
      const id = ids.get(symbols[i]! + symbols[i + 1]!);
      if (id === undefined || scores[id]! <= highest) continue;
      [best, highest] = [i, scores[id]!];
    }
    if (best < 0) break;
    symbols.splice(best, 2, symbols[best]! + symbols[best + 1]!);
  }
  return symbols.flatMap((symbol) => {
    const id = ids.get(symbol);
    return id === undefined
      ? [...new TextEncoder().encode(symbol)].map((byte) => byte + 3)
      : [id];
  });
}
