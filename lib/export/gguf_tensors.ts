import { type LlamaConfig, weightShapes } from "../model/config.ts";
import type { GgufTensor, GgufType } from "./gguf.ts";

/** A tensor of a GGUF file, and the weight that it is made of. */
export interface GgufWeight extends GgufTensor {
  /** The weight's Hugging Face name. */
  source: string;
  /** Heads whose features are to be put into Meta's order; absent where the order stays. */
  heads?: number;
}

/** llama.cpp's names for the parts of a block, and for what stands around the blocks. */
const PARTS: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  "lm_head": "output",
  "input_layernorm": "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "post_attention_layernorm": "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

/**
 * Lists the tensors that llama.cpp wants of a LLaMA, in the order of the forward pass.
 *
 * Vectors stay float32, as llama.cpp computes with them in no other type; a matrix whose rows are
 * no multiple of 32 long goes to float16 instead of Q8_0. A tied output layer is left out: where
 * there is none, llama.cpp takes the embedding.
 *
 * @see {@link https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/tensor_mapping.py | tensor_mapping.py}
 *
 * @example Usage
 * ```ts ignore
 * ggufWeights(model.config, "F16")[0]; // { name: "token_embd.weight", type: "F16", … }
 * ```
 *
 * @param config The shape of the model.
 * @param type How matrices are to be stored.
 * @returns The tensors, and the weights that they are made of.
 */
export function ggufWeights(
  config: LlamaConfig,
  type: GgufType,
): GgufWeight[] {
  const heads: Readonly<Record<string, number>> = {
    "self_attn.q_proj": config.num_attention_heads,
    "self_attn.k_proj": config.num_key_value_heads,
  };
  return [...weightShapes(config)].map(([source, shape]) => {
    const [, layer, part] = source.match(
      /^(?:model\.layers\.(\d+)\.)?(.+)\.weight$/,
    ) as RegExpMatchArray;
    const own = `${PARTS[part!]!}.weight`;
    return {
      source,
      name: layer === undefined ? own : `blk.${layer}.${own}`,
      shape,
      type: storable(shape, type),
      ...part! in heads && { heads: heads[part!]! },
    };
  });
}

/** The type that a tensor of this shape gets. */
function storable(shape: readonly number[], type: GgufType): GgufType {
  if (shape.length === 1) return "F32";
  return type === "Q8_0" && shape.at(-1)! % 32 !== 0 ? "F16" : type;
}

/**
 * Puts the output features of a query or key projection into the order of Meta's own files, which
 * is llama.cpp's.
 *
 * Rotary angles turn features in pairs. Hugging Face pairs feature `i` of a head with `i + H/2`,
 * Meta pairs `2i` with `2i + 1`; so the rows of each head have to move for the same model to come
 * out.
 *
 * @see {@link https://github.com/ggml-org/llama.cpp/blob/master/convert_hf_to_gguf.py | convert_hf_to_gguf.py, LlamaModel.permute}
 *
 * @example One head of four features
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual([...interleaved(new Float32Array([0, 1, 2, 3]), { heads: 1, width: 1 })], [0, 2, 1, 3]);
 * ```
 *
 * @param data The weight, `[heads · H, width]` in row-major order.
 * @param layout Number of heads, and length of a row.
 * @returns A new array in the other order.
 */
export function interleaved(
  data: Float32Array,
  { heads, width }: { heads: number; width: number },
): Float32Array {
  const half = data.length / width / heads / 2;
  const moved = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < 2 * half; i++) {
      const from = (head * 2 + i % 2) * half + (i >> 1);
      const to = head * 2 * half + i;
      moved.set(data.subarray(from * width, (from + 1) * width), to * width);
    }
  }
  return moved;
}
