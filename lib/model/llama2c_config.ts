import type { Llama2cHeader } from "../io/llama2c.ts";
import type { LlamaConfig } from "./config.ts";

/**
 * The configuration of a model that llama2.c has trained.
 *
 * @see {@link https://github.com/karpathy/llama2.c/blob/master/run.c | run.c: epsilon 1e-5, theta 10000}
 *
 * @param header The numbers at the head of its file.
 * @returns The same in the words of a `config.json`.
 */
export function configOfLlama2c(header: Llama2cHeader): LlamaConfig {
  return {
    "model_type": "llama",
    "vocab_size": header.vocabSize,
    "hidden_size": header.dim,
    "intermediate_size": header.hiddenDim,
    "num_hidden_layers": header.layers,
    "num_attention_heads": header.heads,
    "num_key_value_heads": header.kvHeads,
    "head_dim": header.dim / header.heads,
    "max_position_embeddings": header.maxTokens,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10_000,
    "tie_word_embeddings": header.tied,
  };
}
