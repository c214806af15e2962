import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { crossEntropy } from "../engine/cross_entropy.ts";
import { linearCrossEntropy } from "../engine/linear_cross_entropy.ts";
import type { LlamaConfig } from "../model/config.ts";
import {
  decoder,
  type DecoderOptions,
  head,
  outputLayer,
  type Weights,
} from "../model/llama.ts";
import type { Batch } from "../tokens/pack.ts";

/** A {@linkcode Batch} on the device; its tensors go by the same names. */
export interface BatchTensors {
  /** Token ids, `[B, T]`, int32. */
  ids: Tensor;
  /** Place of each token in its own task, `[B, T]`, int32. */
  positions: Tensor;
  /** Which task of its row a token belongs to, `[B, T]`, int32. */
  segments: Tensor;
  /** Index into the `B · T` tokens from which a label is predicted, `[M]`, int32. */
  from: Tensor;
  /** The token to predict there, `[M]`, int32. */
  labels: Tensor;
  /** `1` for a label that counts, else `0`, `[M]`, float32. */
  weights: Tensor;
  /** The arrangement may be passed to a compiled function. */
  [name: string]: Tensor;
}

/**
 * Brings a batch to the device.
 *
 * @param batch The batch.
 * @returns Its tensors, owned by the caller.
 */
export function batchTensors(batch: Batch): BatchTensors {
  const { rows: B, width: T } = batch;
  return {
    ids: tf.tensor(batch.ids, [B, T], "int32"),
    positions: tf.tensor(batch.positions, [B, T], "int32"),
    segments: tf.tensor(batch.segments, [B, T], "int32"),
    from: tf.tensor(batch.from, undefined, "int32"),
    labels: tf.tensor(batch.labels, undefined, "int32"),
    weights: tf.tensor(batch.weights),
  };
}

/**
 * The surprise of every label of a batch, in nats: `−log p(label | what stands before it)`.
 *
 * Tasks that share a row do not see each other: a token looks at tokens of its own task that stand
 * at or before it.
 *
 * @param weights The weights of the model.
 * @param config The shape of the model.
 * @param batch The batch.
 * @returns `[M]`, float32; `0` where `[M]` is filled up.
 */
export function labelLosses(
  weights: Weights,
  config: LlamaConfig,
  batch: BatchTensors,
): Tensor {
  const surprise = crossEntropy(
    head(weights, config, asked(weights, config, batch)),
    batch.labels,
  );
  return tf.mul(surprise, batch.weights);
}

/**
 * The mean surprise over the labels of a batch, in nats: what training lowers.
 *
 * It is the mean of {@linkcode labelLosses}, put together such that the logits are never all in
 * memory, and with gradients for the weights.
 *
 * @param weights The weights of the model.
 * @param config The shape of the model.
 * @param batch The batch; at least one of its labels counts.
 * @param options What is kept for the gradient.
 * @returns `[]`, float32.
 */
export function batchLoss(
  weights: Weights,
  config: LlamaConfig,
  batch: BatchTensors,
  options: DecoderOptions = {},
): Tensor {
  return linearCrossEntropy({
    rows: asked(weights, config, batch, options),
    weight: outputLayer(weights, config),
    labels: batch.labels,
    weights: batch.weights,
  });
}

/** What the model knows at the places from which a label is predicted, `[M, D]`. */
function asked(
  weights: Weights,
  config: LlamaConfig,
  { ids, positions, segments, from }: BatchTensors,
  options: DecoderOptions = {},
): Tensor {
  const mask = blockMask(segments);
  const context = { ids, positions, mask };
  const known = decoder(weights, config, context, options);
  const rows = tf.reshape(known, [-1, config.hidden_size]); // [B·T, D]
  return tf.gather(rows, from as tf.Tensor1D);
}

/** `0` where a token may look: at or before itself, in its own task; `[B, 1, T, T]`. */
function blockMask(segments: Tensor): Tensor {
  const [B, T] = segments.shape as [number, number];
  const queries = tf.reshape(segments, [B, 1, T, 1]);
  const keys = tf.reshape(segments, [B, 1, 1, T]);
  const own = tf.cast(tf.equal(queries, keys), "float32");
  const past = new Float32Array(T * T);
  for (let t = 0; t < T; t++) past.fill(1, t * T, t * T + t + 1);
  const seen = tf.mul(own, tf.tensor(past, [1, 1, T, T]));
  return tf.mul(tf.sub(seen, 1), 1e9);
}
