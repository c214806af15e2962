/**
 * The whole LLaMA decoder, top to bottom, in one file.
 *
 * Axes: `B` sequences, `T` tokens (queries), `S` tokens (keys), `M = B · T` rows, `D` model width, `N` query heads,
 * `K` key-value heads, `H` features a head, `F` hidden width, `V` vocabulary. A weight is stored
 * `[out, in]` under its Hugging Face name.
 *
 * @see {@link https://arxiv.org/abs/2302.13971 | Touvron et al. (2023)}
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { type Named, named, sizes } from "../core/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { attend } from "../engine/attention.ts";
import { flowsHalf } from "../engine/bfloat16.ts";
import { linearRows } from "../engine/matmul.ts";
import { checkpoint, fuse, type Replayed } from "../engine/replay.ts";
import type { LlamaConfig } from "./config.ts";
import { rope, type Rotation, rotation } from "./rope.ts";

/** Every weight by its Hugging Face name, `model.layers.0.mlp.up_proj.weight`. */
export type Weights = Readonly<Record<string, Tensor>>;

/** Keys and values of one layer, `[B, K, S, H]` each. */
export interface KeysValues {
  /** Keys, already turned by their positions. */
  keys: Tensor;
  /** Values. */
  values: Tensor;
}

/** What a forward pass needs beside the weights. */
export interface Context {
  /** Token ids, `[B, T]`, int32. */
  ids: Named<"B T">;
  /** Place of every token in its own sequence, `[B, T]`, int32, from 0. */
  positions: Named<"B T">;
  /** `0` where a query may look and `-1e9` where not, broadcastable to `[B, 1, T, S]`. */
  mask: Tensor;
  /**
   * Takes the new keys and values of a layer, and gives back all that its queries look at: this is
   * where a cache comes in. Without it, queries look at the new ones.
   */
  recall?: (layer: number, fresh: KeysValues) => KeysValues;
}

/** Options for {@linkcode decoder}. */
export interface DecoderOptions {
  /**
   * Whether each layer keeps its input alone for the gradient, and computes the rest again.
   *
   * @default {false}
   */
  checkpointing?: boolean;
}

/**
 * Runs the decoder up to its last norm: what it knows at every token, before it is put into words.
 *
 * @param weights The weights; none is changed or disposed.
 * @param config The shape of the model.
 * @param context The tokens, where they stand, and what they may look at.
 * @param options What is kept for the gradient.
 * @returns `[B, T, D]`, float32, owned by the caller.
 */
export function decoder(
  weights: Weights,
  config: LlamaConfig,
  context: Context,
  options: DecoderOptions = {},
): Named<"B T D"> {
  const { checkpointing = false } = options;
  const { ids, positions, mask } = context;
  const { B, T } = sizes({ ids: [ids, "B T"], positions: [positions, "B T"] });
  const turn = rotation(positions, {
    headSize: config.head_dim,
    theta: config.rope_theta,
  });
  const flat = tf.reshape(ids, [B * T]) as tf.Tensor1D;
  let x = named<"M D">(
    tf.gather(weight(weights, "model.embed_tokens"), flat),
  );
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const recall = context.recall === undefined
      ? undefined
      : (fresh: KeysValues) => context.recall!(layer, fresh);
    const run: Block = ({ x, ...own }, { mask, ...turn }) =>
      block(own, config, x, { turn, mask, recall });
    const inputs = { ...under(weights, `model.layers.${layer}`), x };
    x = (checkpointing ? checkpoint(run) : run)(inputs, { ...turn, mask });
  }
  const known = norm(weights, "model.norm", config, x);
  return tf.reshape(known, [B, T, config.hidden_size]);
}

/**
 * Puts what the decoder knows into words: one logit for every token of the vocabulary.
 *
 * @param weights The weights; none is changed or disposed.
 * @param config The shape of the model.
 * @param rows What the decoder gave, in rows, `[M, D]`.
 * @returns Logits, `[M, V]`, float32, owned by the caller.
 */
export function head(
  weights: Weights,
  config: LlamaConfig,
  rows: Named<"M D">,
): Named<"M V"> {
  return linearRows(rows, outputLayer(weights, config));
}

/**
 * Finds the weight that turns what the decoder knows into logits.
 *
 * @param weights The weights.
 * @param config The shape of the model.
 * @returns `[V, D]`; the embedding itself where the two are tied.
 */
export function outputLayer(weights: Weights, config: LlamaConfig): Tensor {
  const name = config.tie_word_embeddings ? "model.embed_tokens" : "lm_head";
  return weight(weights, name);
}

/**
 * Predicts the next token at every position, each position seeing itself and those before it.
 *
 * @param weights The weights; none is changed or disposed.
 * @param config The shape of the model.
 * @param ids Token ids, `[B, T]`, int32, each in `[0, V)`.
 * @returns Logits, `[B, T, V]`, float32, owned by the caller.
 */
export function llama(
  weights: Weights,
  config: LlamaConfig,
  ids: Named<"B T">,
): Named<"B T V"> {
  const { B, T } = sizes({ ids: [ids, "B T"] });
  return tf.tidy(() => {
    const positions = tf.tile(
      tf.reshape(tf.range(0, T, 1, "int32"), [1, T]),
      [B, 1],
    );
    const known = decoder(weights, config, { ids, positions, mask: causal(T) });
    const rows = tf.reshape(known, [B * T, config.hidden_size]);
    const logits = head(weights, config, rows);
    return tf.reshape(logits, [B, T, config.vocab_size]);
  });
}

/**
 * Lets a token look at itself and at those before it.
 *
 * @param T Number of tokens.
 * @returns `0` where a token may look, `-1e9` where it would see its future, `[1, 1, T, T]`.
 */
export function causal(T: number): Tensor {
  const mask = new Float32Array(T * T);
  for (let t = 0; t < T; t++) mask.fill(-1e9, t * T + t + 1, (t + 1) * T);
  return tf.tensor(mask, [1, 1, T, T]);
}

/** One layer: its weights by name and what comes in, then the angles and the mask. */
type Block = Replayed<
  { x: Tensor; [name: string]: Tensor },
  { cos: Tensor; sin: Tensor; mask: Tensor }
>;

/**
 * One layer: attention, then a small network for each token, each added to what came in.
 *
 * Where they may, activations between a product and the code around it stay in bfloat16.
 */
function block(
  weights: Weights,
  config: LlamaConfig,
  x: Named<"M D">,
  surroundings: Surroundings,
): Named<"M D"> {
  const half = surroundings.recall === undefined && flowsHalf();
  const seen = norm(weights, "input_layernorm", config, x, { half });
  x = tf.add(x, attention(weights, config, seen, { ...surroundings, half }));
  const known = norm(weights, "post_attention_layernorm", config, x, { half });
  return tf.add(x, mlp(weights, known, { half }));
}

/** What a layer needs beside its weights and its input. */
interface Surroundings {
  /** The angles of the positions. */
  turn: Rotation;
  /** `0` where a query may look and `-1e9` where not. */
  mask: Tensor;
  /** Gives all keys and values for the new ones, if there are others. */
  recall: ((fresh: KeysValues) => KeysValues) | undefined;
}

/** Lets every token gather from the tokens that it may look at. */
function attention(
  weights: Weights,
  config: LlamaConfig,
  x: Named<"M D">,
  { turn, mask, recall, half }: Surroundings & { half: boolean },
): Named<"M D"> {
  const [B, , T] = turn.cos.shape as [number, number, number];
  const { "num_attention_heads": N, "num_key_value_heads": K, "head_dim": H } =
    config;
  const project = (part: string) => {
    const w = weight(weights, `self_attn.${part}`);
    return linearRows(x, w, { half, shared: true }); // [M, heads · H]
  };
  const scale = H ** -0.5; // of the scores, where it costs nothing
  const query = turnedHeads(
    { x: project("q_proj") },
    { ...turn, B, T, heads: N, scale },
    { half },
  );
  const fresh = {
    keys: turnedHeads(
      { x: project("k_proj") },
      { ...turn, B, T, heads: K, scale: 1 },
      { half },
    ),
    values: heads({ x: project("v_proj") }, { B, T, heads: K }, { half }),
  };
  const { keys, values } = recall?.(fresh) ?? fresh;
  const mixed = attend({ query, keys, values, mask }); // [B, N, T, H]
  const rows = joined({ x: mixed }, {}, { half }); // [M, N · H]
  return linearRows(rows, weight(weights, "self_attn.o_proj"));
}

/** Takes rows apart into heads, `[M, heads · H]` to `[B, heads, T, H]`. */
const heads = fuse((
  { x }: { x: Tensor },
  { B, T, heads }: { B: number; T: number; heads: number },
) => tf.transpose(tf.reshape(x, [B, T, heads, -1]), [0, 2, 1, 3]));

/** Takes rows apart into heads, turns and scales them. */
const turnedHeads = fuse((
  { x }: { x: Tensor },
  { cos, sin, B, T, heads, scale }: {
    cos: Tensor;
    sin: Tensor;
    B: number;
    T: number;
    heads: number;
    scale: number;
  },
) => {
  const apart = tf.transpose(tf.reshape(x, [B, T, heads, -1]), [0, 2, 1, 3]);
  const turned = rope(named<"B N T H">(apart), { cos, sin });
  return scale === 1 ? turned : tf.mul(turned, scale);
});

/** Puts heads together into rows, `[B, N, T, H]` to `[M, N · H]`. */
const joined = fuse(({ x }: { x: Tensor }) => {
  const [B, N, T, H] = x.shape as [number, number, number, number];
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [B * T, N * H]);
});

/** SwiGLU: a linear layer whose output is gated by another. */
function mlp(
  weights: Weights,
  x: Named<"M D">,
  { half }: { half: boolean },
): Named<"M D"> {
  const project = (part: string) =>
    linearRows(x, weight(weights, `mlp.${part}`), { half, shared: true });
  const through = gated(
    {
      gate: project("gate_proj"), // [M, F]
      up: project("up_proj"), // [M, F]
    },
    {},
    { half },
  );
  return linearRows(through, weight(weights, "mlp.down_proj"));
}

/** SiLU of a gate, times what goes through it. */
const gated = fuse(({ gate, up }: { gate: Tensor; up: Tensor }) =>
  tf.mul(tf.mul(gate, tf.sigmoid(gate)), up)
);

/** Divides every token by the root of its mean square. */
function norm(
  weights: Weights,
  name: string,
  config: LlamaConfig,
  x: Named<"M D">,
  options: { half?: boolean } = {},
): Named<"M D"> {
  const gain = weight(weights, name);
  return normed({ x, gain }, { epsilon: config.rms_norm_eps }, options);
}

const normed = fuse((
  { x, gain }: { x: Tensor; gain: Tensor },
  { epsilon }: { epsilon: number },
) => {
  const meanSquare = tf.mean(tf.square(x), -1, true); // [M, 1]
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), gain);
});

/** The weight of one layer. */
function weight(weights: Weights, name: string): Tensor {
  const found = weights[`${name}.weight`];
  if (found === undefined) {
    throw new RangeError(
      `Cannot run the model as it must have "${name}.weight": current weights are ${
        Object.keys(weights).length
      } others`,
    );
  }
  return found;
}

/** The weights whose names begin with a prefix, without that prefix. */
function under(weights: Weights, prefix: string): Weights {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
  );
}
