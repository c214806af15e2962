import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { crossEntropy } from "./cross_entropy.ts";

/** Losses of the three steps, by torch 2.13.0 in float64; test/golden/self_test.py writes them. */
export const SELF_TEST_LOSSES: readonly number[] = [
  5.22550037,
  3.14166544,
  2.84296891,
];

const TOLERANCE = 1e-4; // relative; float32 engines are within 1e-6

/** Sizes: sequences, tokens, width, heads, hidden width, vocabulary. */
const [B, T, D, N, F, V] = [3, 10, 16, 4, 20, 23];
const RATE = 0.5;

/** Every weight with its shape; the elements come from a formula. */
const SHAPES = {
  embedding: [V, D],
  gain: [D],
  attention: [3 * D, D],
  output: [D, D],
  up: [F, D],
  down: [F, D],
} as const;

/**
 * Trains a tiny transformer for three steps on the engine that tfjs uses now, and compares the losses
 * with stored ones.
 *
 * It takes milliseconds, and tells whether the kernels that training needs compute what they should,
 * on this machine, with this driver: one that is wrong may say nothing of it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const losses = await selfTest();
 * equal(losses.length, 3);
 * ```
 *
 * @returns The three losses, in nats.
 * @throws {Error} If a loss is not the stored one.
 */
export async function selfTest(): Promise<number[]> {
  const steps = tf.tidy(() => {
    let weights: Record<string, Tensor> = Object.fromEntries(
      Object.entries(SHAPES).map(([name, shape], i) => [name, start(shape, i)]),
    );
    return SELF_TEST_LOSSES.map(() => {
      const { loss, next } = step(weights);
      weights = next;
      return loss;
    });
  });
  const losses = [];
  for (const loss of steps) losses.push((await loss.data())[0]!);
  tf.dispose(steps);
  const wrong = losses.findIndex((loss, i) =>
    !(Math.abs(loss - SELF_TEST_LOSSES[i]!) <= TOLERANCE * SELF_TEST_LOSSES[i]!)
  );
  if (wrong >= 0) {
    throw new Error(
      `Cannot trust the engine "${tf.getBackend()}" as three training steps must give the stored losses: the loss of step ${
        wrong + 1
      } is ${losses[wrong]}, and should be ${SELF_TEST_LOSSES[wrong]}`,
    );
  }
  return losses;
}

/** A weight before training: sines, which are as good as random, around one for a gain. */
function start(shape: readonly number[], seed: number): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const offset = shape.length === 1 ? 1 : 0;
  return tf.tensor(
    Float32Array.from(
      { length: size },
      (_, i) => offset + 0.4 * Math.sin(1.7 * i + 0.3 * i * seed + seed),
    ),
    [...shape],
  );
}

/** Loss of the weights, and the weights a step down its slope. */
function step(
  weights: Record<string, Tensor>,
): { loss: Tensor; next: Record<string, Tensor> } {
  const names = Object.keys(weights);
  const { value, grads } = tf.valueAndGrads((...list) =>
    lossOf(Object.fromEntries(names.map((name, i) => [name, list[i]!])))
  )(Object.values(weights));
  const next = names.map((name, i) => [
    name,
    tf.sub(weights[name]!, tf.mul(grads[i]!, RATE)),
  ]);
  return { loss: value, next: Object.fromEntries(next) };
}

/** One layer of attention and one that is gated, between an embedding and itself. */
function lossOf(weights: Record<string, Tensor>): tf.Scalar {
  const { embedding, gain, attention, output, up, down } = weights as {
    [name in keyof typeof SHAPES]: Tensor;
  };
  const ids = integers((i) => (5 * i + i * i) % V);
  const labels = integers((i) => (3 * i + 7) % V);
  let x: Tensor = tf.gather(embedding, ids); // [B·T, D]
  const joined = attend(tf.matMul(norm(x, gain), attention, false, true));
  x = tf.add(x, tf.matMul(joined, output, false, true));
  const hidden = tf.matMul(norm(x, gain), up, false, true); // [B·T, F]
  x = tf.add(x, tf.matMul(tf.mul(hidden, tf.sigmoid(hidden)), down));
  const logits = tf.matMul(norm(x, gain), embedding, false, true); // [B·T, V]
  return tf.mean(crossEntropy(logits, labels)) as tf.Scalar;
}

/** Queries, keys and values, `[B·T, 3·D]`, to what every token gathers, `[B·T, D]`. */
function attend(rows: Tensor): Tensor {
  const [query, key, value] = tf.split(rows, 3, 1).map((part) =>
    tf.transpose(tf.reshape(part, [B, T, N, D / N]), [0, 2, 1, 3])
  ) as [Tensor, Tensor, Tensor]; // [B, N, T, H]
  const scores = tf.matMul(query, key, false, true); // [B, N, T, T]
  const row = tf.reshape(tf.range(0, T, 1, "int32"), [T, 1]);
  const seen = tf.lessEqual(tf.transpose(row), row); // [T, T]
  const mask = tf.mul(tf.sub(tf.cast(seen, "float32"), 1), 1e9);
  const scaled = tf.mul(scores, (D / N) ** -0.5);
  const mixed = tf.matMul(tf.softmax(tf.add(scaled, mask)), value);
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D]);
}

/** Brings every row to length 1 on average, and scales its elements. */
function norm(x: Tensor, gain: Tensor): Tensor {
  const square = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(square, 1e-5))), gain);
}

/** One whole number for every token, `[B·T]`. */
function integers(formula: (i: number) => number): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from({ length: B * T }, (_, i) => formula(i)));
}
