import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import type { TensorMetadata } from "./binding.ts";
import { DTYPE } from "./native.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";

/** The memory of tensors that TensorFlow holds in bfloat16; tfjs takes them for float32. */
const halves = new WeakSet<object>();

/**
 * Whether a tensor is stored in bfloat16.
 *
 * @param x The tensor.
 * @returns Whether it is.
 */
export function isBfloat16(x: Tensor): boolean {
  return halves.has(x.dataId);
}

/**
 * Stores numbers in bfloat16: half the memory, 8 bits of mantissa.
 *
 * tfjs has no such type, so the tensor goes by float32; only the functions of this room and reading
 * take it. It is for weights that are not trained, and for the factors of matrix products. On
 * engines other than TensorFlow the numbers stay float32.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const half = toBfloat16(tf.tensor([1 / 3]));
 * ok(Math.abs(half.dataSync()[0]! - 1 / 3) < 2 ** -9);
 * ```
 *
 * @param x float32 or bfloat16.
 * @returns A new tensor, owned by the caller.
 */
export function toBfloat16(x: Tensor): Tensor {
  const backend = nativeBackend();
  if (backend === undefined || isBfloat16(x)) return x.clone();
  return tensorOf(backend, cast(backend, x, DTYPE.float, DTYPE.bfloat16));
}

/**
 * Stores numbers in float32 again.
 *
 * @param x float32 or bfloat16.
 * @returns A new tensor, owned by the caller.
 */
export function toFloat32(x: Tensor): Tensor {
  const backend = nativeBackend();
  if (backend === undefined || !isBfloat16(x)) return x.clone();
  return tensorOf(backend, cast(backend, x, DTYPE.bfloat16, DTYPE.float));
}

/**
 * Makes a tfjs tensor of a native one: of a type that tfjs knows, or of bfloat16.
 *
 * @param backend The backend.
 * @param output The native tensor.
 * @returns The tensor, owned by the caller.
 */
export function tensorOf(
  backend: NativeBackend,
  output: TensorMetadata,
): Tensor {
  if (output.dtype !== DTYPE.bfloat16) {
    return backend.createOutputTensor(output);
  }
  const tensor = backend.createOutputTensor({ ...output, dtype: DTYPE.float });
  halves.add(tensor.dataId);
  return tensor;
}

/** Changes the type of the elements. */
function cast(backend: NativeBackend, x: Tensor, from: number, to: number) {
  return backend.binding.executeOp(
    "Cast",
    [
      { name: "SrcT", type: ATTRIBUTE.type, value: from },
      { name: "DstT", type: ATTRIBUTE.type, value: to },
    ],
    backend.getInputTensorIds([x]),
    1,
  )[0]!;
}
