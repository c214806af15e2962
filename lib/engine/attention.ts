import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { toBfloat16, toFloat32 } from "./bfloat16.ts";
import { compile } from "./compile.ts";
import { halfProduct, multiply } from "./matmul.ts";
import { currentPrecision } from "./precision.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/** What {@linkcode attend} looks with, looks at, and brings back. */
export interface Attention {
  /** Queries, scaled already, `[B, N, T, H]`, float32. */
  query: Tensor;
  /** Keys, `[B, N, S, H]`, float32. */
  keys: Tensor;
  /** Values, `[B, N, S, H]`, float32. */
  values: Tensor;
  /** `0` where a query may look and `-1e9` where not, broadcastable to `[B, N, T, S]`. */
  mask: Tensor;
}

/**
 * Lets every query gather values, each by the likeness of its key: `softmax(q · kᵀ + mask) · v`.
 *
 * In a compiled function in `"bfloat16"` precision the shares of attention are computed in float32
 * and kept in bfloat16 for the gradient: a quarter of the memory that they would take else.
 *
 * @see {@link https://arxiv.org/abs/1706.03762 | Vaswani et al. (2017), section 3.2.1}
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
 * @returns `[B, N, T, H]`, float32, owned by the caller. No gradient flows to the mask.
 */
export function attend({ query, keys, values, mask }: Attention): Tensor {
  const trace = nativeBackend()?.binding.trace;
  if (currentPrecision() === "float32" || trace === undefined) {
    const score = multiply(query, keys, { transposeB: true }); // [B, N, T, S]
    return multiply(tf.softmax(tf.add(score, mask)), values);
  }
  const run = tf.customGrad((query, keys, values, save) => {
    const [q, k, v] = [query, keys, values].map((x) => toBfloat16(x as Tensor));
    const score = halfProduct(q!, k!, { transposeB: true });
    const share = shares(score, mask); // [B, N, T, S]
    (save as unknown as tf.GradSaveFunc)([q!, k!, v!, share]);
    return {
      value: toFloat32(halfProduct(share, v!)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [q, k, v, share] = saved as [Tensor, Tensor, Tensor, Tensor];
        const slope = toBfloat16(dy);
        const byShare = halfProduct(slope, v, { transposeB: true });
        const byScore = sharesSlope(share, byShare);
        return [
          halfProduct(byScore, k),
          halfProduct(byScore, q, { transposeA: true }),
          halfProduct(share, slope, { transposeA: true }),
        ].map(toFloat32);
      },
    };
  });
  return run(query, keys, values);
}

/** Softmax of masked scores; bfloat16 in and out, float32 between. */
const shares = compile(
  (score: Tensor, mask: Tensor) =>
    toBfloat16(tf.softmax(tf.add(toFloat32(score), mask))),
  { jit: true },
);

/** Its gradient by the scores, from the shares and the gradient by them. */
const sharesSlope = compile((share: Tensor, dy: Tensor) => {
  const [wide, slope] = [toFloat32(share), toFloat32(dy)];
  const along = tf.sum(tf.mul(wide, slope), -1, true); // [B, N, T, 1]
  return toBfloat16(tf.mul(wide, tf.sub(slope, along)));
}, { jit: true });
