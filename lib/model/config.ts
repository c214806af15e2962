/**
 * The numbers that fix the shape of a LLaMA, under the names that its `config.json` gives them.
 *
 * @see {@link https://huggingface.co/docs/transformers/model_doc/llama | LlamaConfig}
 */
export interface LlamaConfig {
  /** The family; only `"llama"` is read. */
  "model_type": "llama";
  /** `V`, size of the vocabulary. */
  "vocab_size": number;
  /** `D`, model width. */
  "hidden_size": number;
  /** `F`, hidden width of the gated layer. */
  "intermediate_size": number;
  /** `L`, number of blocks. */
  "num_hidden_layers": number;
  /** `N`, number of query heads. */
  "num_attention_heads": number;
  /** `K`, number of key-value heads; divides `N`. */
  "num_key_value_heads": number;
  /** `H`, features a head. */
  "head_dim": number;
  /** Longest sequence that the model was trained on, in tokens. */
  "max_position_embeddings": number;
  /** Added to a mean square before its root is taken. */
  "rms_norm_eps": number;
  /** Base of the rotary wavelengths. */
  "rope_theta": number;
  /** Whether the output layer is the embedding itself. */
  "tie_word_embeddings": boolean;
}

/**
 * Checks the content of a `config.json` and fills in what transformers takes for granted.
 *
 * @example Another architecture is refused
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * throws(() => parseConfig({ model_type: "gpt2" }, "x/config.json"), /current value is "gpt2"/);
 * ```
 *
 * @param value The parsed JSON.
 * @param path The file, for messages.
 * @returns The numbers that the model needs.
 * @throws {SyntaxError} If a number is missing or impossible.
 * @throws {TypeError} If the checkpoint is of another architecture, or has parts that are not
 * supported (biases, scaled rotary angles).
 */
export function parseConfig(value: unknown, path: string): LlamaConfig {
  const raw = Object(value) as Record<string, unknown>;
  if (raw["model_type"] !== "llama") {
    throw new TypeError(
      `Cannot load the model of ${path} as its model_type must be "llama": current value is ${
        JSON.stringify(raw["model_type"])
      }`,
    );
  }
  refuseUnsupported(raw, path);
  const size = (key: string, otherwise?: number): number => {
    const found = raw[key] ?? otherwise;
    if (!Number.isSafeInteger(found) || (found as number) < 1) {
      throw new SyntaxError(
        `Cannot load the model of ${path} as its ${key} must be a whole number above 0: current value is ${
          JSON.stringify(found)
        }`,
      );
    }
    return found as number;
  };
  const rope = Object(raw["rope_parameters"]) as Record<string, unknown>; // transformers 5
  const positive = (key: string, otherwise: number): number => {
    const found = raw[key] ?? rope[key] ?? otherwise;
    if (typeof found !== "number" || !(found > 0)) {
      throw new SyntaxError(
        `Cannot load the model of ${path} as its ${key} must be a number above 0: current value is ${
          JSON.stringify(found)
        }`,
      );
    }
    return found;
  };
  const width = size("hidden_size");
  const heads = size("num_attention_heads");
  const kvHeads = size("num_key_value_heads", heads);
  const head = size("head_dim", width / heads);
  if (heads % kvHeads !== 0 || head % 2 !== 0) {
    throw new SyntaxError(
      `Cannot load the model of ${path} as num_key_value_heads must divide num_attention_heads and head_dim be even: current values are ${kvHeads}, ${heads} and ${head}`,
    );
  }
  return {
    "model_type": "llama",
    "vocab_size": size("vocab_size"),
    "hidden_size": width,
    "intermediate_size": size("intermediate_size"),
    "num_hidden_layers": size("num_hidden_layers"),
    "num_attention_heads": heads,
    "num_key_value_heads": kvHeads,
    "head_dim": head,
    "max_position_embeddings": size("max_position_embeddings", 2048),
    "rms_norm_eps": positive("rms_norm_eps", 1e-6),
    "rope_theta": positive("rope_theta", 10_000),
    "tie_word_embeddings": raw["tie_word_embeddings"] === true,
  };
}

/** Parts of the family that would be computed wrongly are refused instead. */
function refuseUnsupported(raw: Record<string, unknown>, path: string): void {
  const rope = (raw["rope_scaling"] ?? raw["rope_parameters"] ?? {}) as Record<
    string,
    unknown
  >;
  const kind = rope["rope_type"] ?? rope["type"] ?? "default";
  if (kind !== "default") {
    throw new TypeError(
      `Cannot load the model of ${path} as its rotary angles must not be scaled: current rope_type is ${
        JSON.stringify(kind)
      }`,
    );
  }
  for (const key of ["attention_bias", "mlp_bias"]) {
    if (raw[key] === true) {
      throw new TypeError(
        `Cannot load the model of ${path} as its layers must have no biases: current ${key} is true`,
      );
    }
  }
  const activation = raw["hidden_act"] ?? "silu";
  if (activation !== "silu") {
    throw new TypeError(
      `Cannot load the model of ${path} as its hidden_act must be "silu": current value is ${
        JSON.stringify(activation)
      }`,
    );
  }
}

/**
 * Name and shape of every weight that a configuration asks for.
 *
 * @example Usage
 * ```ts ignore
 * const shapes = weightShapes(config);
 * shapes.get("model.norm.weight"); // [288]
 * ```
 *
 * @param config The configuration.
 * @returns Shapes by Hugging Face name, in the order of the forward pass.
 */
export function weightShapes(config: LlamaConfig): Map<string, number[]> {
  const {
    "vocab_size": V,
    "hidden_size": D,
    "intermediate_size": F,
    "head_dim": H,
  } = config;
  const N = config.num_attention_heads;
  const K = config.num_key_value_heads;
  const shapes = new Map([["model.embed_tokens.weight", [V, D]]]);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const add = (part: string, shape: number[]) =>
      shapes.set(`model.layers.${layer}.${part}.weight`, shape);
    add("input_layernorm", [D]);
    add("self_attn.q_proj", [N * H, D]);
    add("self_attn.k_proj", [K * H, D]);
    add("self_attn.v_proj", [K * H, D]);
    add("self_attn.o_proj", [D, N * H]);
    add("post_attention_layernorm", [D]);
    add("mlp.gate_proj", [F, D]);
    add("mlp.up_proj", [F, D]);
    add("mlp.down_proj", [D, F]);
  }
  shapes.set("model.norm.weight", [D]);
  if (!config.tie_word_embeddings) shapes.set("lm_head.weight", [V, D]);
  return shapes;
}
