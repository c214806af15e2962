import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import type { Binding, TensorMetadata } from "./binding.ts";
import { DTYPE } from "./native.ts";
import { currentPrecision } from "./precision.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";

/**
 * Multiplies rows by a weight that is stored `[out, in]`: `x · wᵀ`.
 *
 * In `"bfloat16"` precision both factors are rounded to bfloat16, also those of the two products
 * of the gradient; sums, result and gradients are float32. Other engines than TensorFlow have
 * no bfloat16, and compute in float32.
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
 * @param x Rows, `[M, in]`, float32.
 * @param w The weight, `[out, in]`, float32.
 * @returns `[M, out]`, float32, owned by the caller.
 */
export function linearRows(x: Tensor, w: Tensor): Tensor {
  const backend = nativeBackend();
  if (currentPrecision() === "float32" || backend === undefined) {
    return tf.matMul(x, w, false, true);
  }
  const multiply = tf.customGrad((x, w, save) => {
    const [left, right] = [x as Tensor, w as Tensor];
    (save as tf.GradSaveFunc)([left, right]);
    return {
      value: product(backend, { a: left, b: right, transposeB: true }),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, w] = saved as [Tensor, Tensor];
        return [
          product(backend, { a: dy, b: w }),
          product(backend, { a: dy, b: x, transposeA: true }),
        ];
      },
    };
  });
  return multiply(x, w);
}

/** One product of bfloat16 matrices, given and returned in float32. */
function product(
  backend: NativeBackend,
  { a, b, transposeA = false, transposeB = false }: {
    a: Tensor;
    b: Tensor;
    transposeA?: boolean;
    transposeB?: boolean;
  },
): Tensor {
  const { binding } = backend;
  const [left, right] = backend.getInputTensorIds([a, b])
    .map((id) => cast(binding, id, DTYPE.float, DTYPE.bfloat16));
  const [rounded] = binding.executeOp(
    "MatMul",
    [
      { name: "T", type: ATTRIBUTE.type, value: DTYPE.bfloat16 },
      { name: "transpose_a", type: ATTRIBUTE.bool, value: transposeA },
      { name: "transpose_b", type: ATTRIBUTE.bool, value: transposeB },
    ],
    [left!.id, right!.id],
    1,
  );
  const result = cast(binding, rounded!.id, DTYPE.bfloat16, DTYPE.float);
  for (const { id } of [left!, right!, rounded!]) binding.deleteTensor(id);
  return backend.createOutputTensor(result);
}

/** Changes the type of the elements. */
function cast(
  binding: Binding,
  id: number,
  from: number,
  to: number,
): TensorMetadata {
  return binding.executeOp(
    "Cast",
    [
      { name: "SrcT", type: ATTRIBUTE.type, value: from },
      { name: "DstT", type: ATTRIBUTE.type, value: to },
    ],
    [id],
    1,
  )[0]!;
}
