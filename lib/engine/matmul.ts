import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { isBfloat16, tensorOf, toBfloat16, toFloat32 } from "./bfloat16.ts";
import { DTYPE } from "./native.ts";
import { currentPrecision } from "./precision.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";

/** Which factors of a product are turned. */
export interface Turns {
  /** Whether the last two axes of the left factor are swapped. @default {false} */
  transposeA?: boolean;
  /** Whether the last two axes of the right factor are swapped. @default {false} */
  transposeB?: boolean;
}

/** How a product is stored, where it is one of bfloat16. */
export interface ProductOptions extends Turns {
  /**
   * Whether the result stays in bfloat16, for a consumer that takes it.
   *
   * @default {false}
   */
  half?: boolean;
  /**
   * Whether the left factor is one of several products: its gradients are then summed, in float32.
   *
   * @default {false}
   */
  shared?: boolean;
}

/**
 * Multiplies rows by a weight that is stored `[out, in]`: `x · wᵀ`.
 *
 * In `"bfloat16"` precision, or where the weight is stored so, both factors are rounded to
 * bfloat16, also those of the two products of the gradient; sums are float32, and results and
 * gradients are rounded to bfloat16, and stored in float32.
 * Other engines than TensorFlow have no bfloat16, and compute in float32.
 *
 * @see {@link https://arxiv.org/abs/1710.03740 | Micikevicius et al. (2018), Mixed Precision Training}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const x = tf.tensor([[1, 2]]);
 * const w = tf.tensor([[3, 4], [5, 6], [7, 8]]);
 * deepEqual(linearRows(x, w).arraySync(), [[11, 17, 23]]);
 * ```
 *
 * @param x Rows, `[M, in]`, float32 or bfloat16.
 * @param w The weight, `[out, in]`, float32 or bfloat16.
 * @param options How the result is stored.
 * @returns `[M, out]`, float32, owned by the caller.
 */
export function linearRows(
  x: Tensor,
  w: Tensor,
  options: Omit<ProductOptions, keyof Turns> = {},
): Tensor {
  return multiply(x, w, { ...options, transposeB: true });
}

/**
 * Multiplies matrices, or stacks of them, in the current precision.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * deepEqual(multiply(tf.ones([1, 2]), tf.ones([1, 2]), { transposeB: true }).arraySync(), [[2]]);
 * ```
 *
 * @param a `[…, M, K]`, float32 or bfloat16.
 * @param b `[…, K, N]`, float32 or bfloat16.
 * @param options Which of them are turned, and how the result is stored.
 * @returns `[…, M, N]`, float32 unless asked otherwise, owned by the caller.
 */
export function multiply(
  a: Tensor,
  b: Tensor,
  options: ProductOptions = {},
): Tensor {
  const { half = false, shared = false, ...turns } = options;
  const { transposeA = false, transposeB = false } = turns;
  const backend = nativeBackend();
  const isHalf = currentPrecision() === "bfloat16" ||
    isBfloat16(a) || isBfloat16(b);
  if (!isHalf || backend === undefined) {
    return tf.matMul(a, b, transposeA, transposeB);
  }
  // A gradient comes in the type of its factor.
  const [keepsA, keepsB] = [isBfloat16(a) && !shared, isBfloat16(b)];
  const run = tf.customGrad((a, b, save) => {
    const left = toBfloat16(a as Tensor);
    const right = toBfloat16(b as Tensor);
    (save as tf.GradSaveFunc)([left, right]);
    const product = halfProduct(left, right, turns);
    return {
      value: half ? product : toFloat32(product),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [left, right] = saved as [Tensor, Tensor];
        const slope = toBfloat16(dy);
        const [da, db] = [
          transposeA
            ? halfProduct(right, slope, {
              transposeA: transposeB,
              transposeB: true,
            })
            : halfProduct(slope, right, { transposeB: !transposeB }),
          transposeB
            ? halfProduct(slope, left, {
              transposeA: true,
              transposeB: transposeA,
            })
            : halfProduct(left, slope, { transposeA: !transposeA }),
        ];
        return [
          keepsA ? da! : toFloat32(da!),
          keepsB ? db! : toFloat32(db!),
        ];
      },
    };
  });
  return run(a, b);
}

/**
 * Multiplies matrices that are stored in bfloat16; sums are float32. It has no gradient.
 *
 * @param a `[…, M, K]`, bfloat16.
 * @param b `[…, K, N]`, bfloat16.
 * @param turns Which of them are turned.
 * @returns `[…, M, N]`, bfloat16, owned by the caller.
 */
export function halfProduct(a: Tensor, b: Tensor, turns: Turns = {}): Tensor {
  const { transposeA = false, transposeB = false } = turns;
  const backend = nativeBackend() as NativeBackend;
  const isFlat = a.rank === 2;
  const [output] = backend.binding.executeOp(
    isFlat ? "MatMul" : "BatchMatMulV2",
    [
      { name: "T", type: ATTRIBUTE.type, value: DTYPE.bfloat16 },
      {
        name: isFlat ? "transpose_a" : "adj_x",
        type: ATTRIBUTE.bool,
        value: transposeA,
      },
      {
        name: isFlat ? "transpose_b" : "adj_y",
        type: ATTRIBUTE.bool,
        value: transposeB,
      },
    ],
    backend.getInputTensorIds([a, b]),
    1,
  );
  return tensorOf(backend, output!);
}
