import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { reshaped, storedLike, toBfloat16, toFloat32 } from "./bfloat16.ts";
import { compile } from "./compile.ts";
import { halfProduct, multiply } from "./matmul.ts";
import { currentPrecision } from "./precision.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/** What {@linkcode attend} looks with, looks at, and brings back. */
export interface Attention {
  /** Queries, scaled already, `[B, N, T, H]`, float32 or bfloat16. */
  query: Tensor;
  /** Keys, `[B, K, S, H]`; `N / K` query heads one after the other share a head. */
  keys: Tensor;
  /** Values, `[B, K, S, H]`. */
  values: Tensor;
  /** `0` where a query may look and `-1e9` where not, `[B, 1, T, S]` or `[1, 1, T, S]`. */
  mask: Tensor;
}

/**
 * Lets every query gather values, each by the likeness of its key: `softmax(q · kᵀ + mask) · v`.
 *
 * Query heads that share a key head are multiplied as further rows: no key is copied. In a function
 * that is traced in `"bfloat16"` precision, the shares of attention are computed in float32 and kept
 * in bfloat16 for the gradient: a third of the memory that they would take else.
 *
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. (2017), section 3.2.1}
 * @see {@link https://arxiv.org/abs/2305.13245 | Ainslie et al. (2023), section 2.2: grouped heads}
 *
 * @example A query that may look at one key only
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const seen = attend({
 *   query: tf.ones([1, 1, 1, 2]),
 *   keys: tf.ones([1, 1, 2, 2]),
 *   values: tf.tensor([1, 2, 3, 4], [1, 1, 2, 2]),
 *   mask: tf.tensor([0, -1e9], [1, 1, 1, 2]),
 * });
 * deepEqual([...seen.dataSync()], [1, 2]);
 * ```
 *
 * @param attention Queries, keys and values of all heads, and the mask.
 * @returns `[B, N, T, H]`, float32 unless the queries are bfloat16, owned by the caller. No gradient
 * flows to the mask.
 */
export function attend(attention: Attention): Tensor {
  return tf.tidy(() => attendTo(attention));
}

function attendTo({ query, keys, values, mask }: Attention): Tensor {
  const [B, N, T, H] = query.shape as [number, number, number, number];
  const [, K, S] = keys.shape as [number, number, number];
  const trace = nativeBackend()?.binding.trace;
  if (currentPrecision() === "float32" || trace === undefined) {
    const rows = tf.reshape(query, [B, K, N / K * T, H]);
    const score = multiply(rows, keys, { transposeB: true }); // [B, K, N/K·T, S]
    const masked = tf.add(tf.reshape(score, [B, N, T, S]), mask);
    const share = tf.reshape(tf.softmax(masked), [B, K, N / K * T, S]);
    return tf.reshape(multiply(share, values), [B, N, T, H]);
  }
  const grouped = [B, K, N / K * T, H];
  const factors = [query, keys, values];
  const run = tf.customGrad((query, keys, values, save) => {
    const [whole, k, v] = [query, keys, values]
      .map((x) => toBfloat16(x as Tensor));
    const q = reshaped(whole!, grouped);
    const share = shares(halfProduct(q, k!, { transposeB: true }), mask, T);
    (save as unknown as tf.GradSaveFunc)([q, k!, v!, share]);
    return {
      value: storedLike(
        reshaped(halfProduct(share, v!), [B, N, T, H]),
        factors[0]!,
      ),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [q, k, v, share] = saved as [Tensor, Tensor, Tensor, Tensor];
        const slope = reshaped(toBfloat16(dy), grouped);
        const byShare = halfProduct(slope, v, { transposeB: true });
        const byScore = sharesSlope(share, byShare);
        return [
          reshaped(halfProduct(byScore, k), [B, N, T, H]),
          halfProduct(byScore, q, { transposeA: true }),
          halfProduct(share, slope, { transposeA: true }),
        ].map((found, i) => storedLike(found, factors[i]!));
      },
    };
  });
  return run(query, keys, values);
}

/** Softmax of masked scores, `[B, K, G·T, S]`; bfloat16 in and out, float32 between. */
const shares = compile(
  (score: Tensor, mask: Tensor, T: number) => {
    const [B, K, rows, S] = score.shape as [number, number, number, number];
    const heads = tf.reshape(toFloat32(score), [B, K * rows / T, T, S]);
    const share = tf.softmax(tf.add(heads, mask));
    return toBfloat16(tf.reshape(share, [B, K, rows, S]));
  },
  { jit: true },
);

/** Its gradient by the scores, from the shares and the gradient by them. */
const sharesSlope = compile((share: Tensor, dy: Tensor) => {
  const [wide, slope] = [toFloat32(share), toFloat32(dy)];
  const along = tf.sum(tf.mul(wide, slope), -1, true); // [B, K, G·T, 1]
  return toBfloat16(tf.mul(wide, tf.sub(slope, along)));
}, { jit: true });
