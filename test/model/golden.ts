import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { crossEntropy } from "../../lib/engine/cross_entropy.ts";
import { type LlamaConfig, parseConfig } from "../../lib/model/config.ts";
import { llama, type Weights } from "../../lib/model/llama.ts";
import golden from "../golden/llama.json" with { type: "json" };

/** A tensor in a golden file. */
export interface Stored {
  /** The size of every axis. */
  shape: number[];
  /** The elements in row-major order. */
  data: number[];
}

/** A tiny model, and what transformers says of it. */
export interface GoldenModel {
  /** Its shape, read from the config.json of transformers. */
  config: LlamaConfig;
  /** Its weights by name. */
  weights: Record<string, Tensor>;
  /** Two sequences, `[2, 7]`. */
  ids: Tensor;
  /** Logits of the sequences. */
  logits: Tensor;
  /** Mean surprise at every token but the first, in nats. */
  loss: number;
  /** Slope of the loss by the name of the weight. */
  gradients: Record<string, Tensor>;
}

/** The names of the models in `llama.json`. */
export const MODELS = ["grouped", "wide"] as const;

/** What wrote the golden files, for the names of tests. */
export const WRITER = `transformers ${golden.transformers}`;

/** Brings a model of `llama.json` to the engine that is open. */
export function goldenModel(name: typeof MODELS[number]): GoldenModel {
  const model = golden.models[name];
  return {
    config: parseConfig(model.config, `${name}/config.json`),
    weights: restoredAll(model.weights),
    ids: tf.tensor(model.ids.flat(), [2, 7], "int32"),
    logits: restored(model.logits),
    loss: model.loss,
    gradients: restoredAll(model.gradients),
  };
}

/** The tensor that a golden file holds. */
export function restored({ data, shape }: Stored): Tensor {
  return tf.tensor(data, shape);
}

function restoredAll(stored: Record<string, Stored>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(stored).map(([name, entry]) => [name, restored(entry)]),
  );
}

/** Loss of a model on sequences, and its slope by the name of every weight. */
export function lossAndGradients(
  config: LlamaConfig,
  weights: Weights,
  ids: Tensor,
): { loss: Tensor; gradients: Record<string, Tensor> } {
  const names = Object.keys(weights);
  const [B, T] = ids.shape as [number, number];
  const { value, grads } = tf.valueAndGrads((...list) => {
    const given = Object.fromEntries(names.map((name, i) => [name, list[i]!]));
    const logits = tf.slice(llama(given, config, ids), [0, 0], [B, T - 1]);
    const rows = tf.reshape(logits, [B * (T - 1), config.vocab_size]);
    const next = tf.reshape(tf.slice(ids, [0, 1], [B, T - 1]), [-1]);
    return tf.mean(crossEntropy(rows, next)) as tf.Scalar;
  })(names.map((name) => weights[name]!));
  return {
    loss: value,
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  };
}
