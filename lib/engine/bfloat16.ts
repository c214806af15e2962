import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import type { TensorMetadata } from "./binding.ts";
import { DTYPE } from "./native.ts";
import { currentPrecision } from "./precision.ts";
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
 * tfjs has no such type, so the tensor goes by float32; only the functions of this room, `tf.gather`
 * and reading take it. It is for weights that are not trained, and for the factors of matrix products. On
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
 * Whether activations may be kept in bfloat16 between the parts of the code that runs now: in a
 * function that is traced in `"bfloat16"` precision for a CPU. XLA, which has a GPU's functions,
 * sees to that by itself.
 *
 * @returns Whether they may.
 */
export function flowsHalf(): boolean {
  const trace = nativeBackend()?.binding.trace;
  return trace !== undefined && !trace.jit &&
    currentPrecision() === "bfloat16";
}

/**
 * Stores numbers in the type of other numbers.
 *
 * @param x float32 or bfloat16.
 * @param model What it is to be like, float32 or bfloat16.
 * @returns A new tensor, owned by the caller.
 */
export function storedLike(x: Tensor, model: Tensor): Tensor {
  return isBfloat16(model) ? toBfloat16(x) : toFloat32(x);
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

/**
 * Gives numbers that are stored in bfloat16 another shape. It has no gradient.
 *
 * @param x bfloat16.
 * @param shape The shape, with as many elements.
 * @returns A new tensor, owned by the caller.
 */
export function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  const backend = nativeBackend()!;
  const to = tf.tensor1d([...shape], "int32");
  const [output] = backend.binding.executeOp(
    "Reshape",
    [
      { name: "T", type: ATTRIBUTE.type, value: DTYPE.bfloat16 },
      { name: "Tshape", type: ATTRIBUTE.type, value: DTYPE.int32 },
    ],
    backend.getInputTensorIds([x, to]),
    1,
  );
  to.dispose();
  return tensorOf(backend, output!);
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
