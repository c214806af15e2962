import type { LlamaConfig } from "../../lib/model/config.ts";

/** stories15M's shape. */
export const STORIES_15M: LlamaConfig = {
  "model_type": "llama",
  "vocab_size": 32_000,
  "hidden_size": 288,
  "intermediate_size": 768,
  "num_hidden_layers": 6,
  "num_attention_heads": 6,
  "num_key_value_heads": 6,
  "head_dim": 48,
  "max_position_embeddings": 256,
  "rms_norm_eps": 1e-5,
  "rope_theta": 10_000,
  "tie_word_embeddings": true,
};

/** SmolLM2-135M's shape. */
export const SMOL_135M: LlamaConfig = {
  ...STORIES_15M,
  "vocab_size": 49_152,
  "hidden_size": 576,
  "intermediate_size": 1536,
  "num_hidden_layers": 30,
  "num_attention_heads": 9,
  "num_key_value_heads": 3,
  "head_dim": 64,
  "max_position_embeddings": 8192,
  "rope_theta": 100_000,
};
