import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { isBfloat16, tensorOf, toFloat32 } from "./bfloat16.ts";
import {
  einsumGradient,
  repeated,
  stridedSliceGradient,
  tileGradient,
} from "./missing_gradients.ts";
import { DTYPE } from "./native.ts";
import type { NativeBackend } from "./tensorflow_backend.ts";

/**
 * Replaces kernels of tfjs-node-gpu 4.22 that stand in the way; each with its reason.
 *
 * @param backend The backend whose kernels are repaired.
 */
export function repairTensorflow(backend: NativeBackend): void {
  repairGradients();
  repairGather(backend);
}

/**
 * Gives tfjs 4.22 the gradients that it lacks or computes by a detour; they serve every engine. A
 * second call changes nothing.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * repairGradients();
 * const slope = tf.grad((x) => tf.stridedSlice(x, [3], [0], [-2]));
 * deepEqual(slope(tf.tensor([1, 2, 3, 4])).arraySync(), [0, 1, 0, 1]);
 * ```
 */
export function repairGradients(): void {
  const gradients = [
    einsumGradient,
    meanGradient,
    stridedSliceGradient,
    sumGradient,
    tileGradient,
  ];
  for (const gradient of gradients) tf.registerGradient(gradient);
}

/**
 * `Sum` makes ones for its gradient in JavaScript, as many as there are elements in its input: they
 * are brought to the device at every call, and a compiled function keeps them for life.
 */
const sumGradient: tf.GradConfig = {
  kernelName: tf.Sum,
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({
    x: () => undone(dy as Tensor, x!.shape, attrs),
  }),
};

/** `Mean` does the same. */
const meanGradient: tf.GradConfig = {
  kernelName: tf.Mean,
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({
    x() {
      const { size } = dy as Tensor;
      const share = tf.div(dy as Tensor, x!.size / size);
      return undone(share, x!.shape, attrs);
    },
  }),
};

/** Repeats what is left of an input along the axes that were reduced. */
function undone(
  x: Tensor,
  shape: number[],
  attributes: tf.NamedAttrMap,
): Tensor {
  const axes = tf.util.parseAxisParam(attributes["axis"] as number[], shape);
  const kept = shape.map((size, axis) => axes.includes(axis) ? 1 : size);
  return repeated(tf.reshape(x, kept), shape);
}

/**
 * `GatherV2` reads its indices back to check their range: slow on a GPU, and impossible while
 * tracing, when they have no values. TensorFlow itself refuses indices out of range on a CPU.
 *
 * It also takes a tensor in bfloat16 for float32, since tfjs does. Its rows are gathered as they
 * are, and given back in float32, so that all that tfjs has can go on with them.
 */
function repairGather(backend: NativeBackend): void {
  const { binding } = backend;
  replace("GatherV2", ({ inputs, attrs }) =>
    tf.tidy(() => {
      const { x, indices } = inputs as { x: Tensor; indices: Tensor };
      const axis = tf.scalar(Number(attrs?.["axis"] ?? 0), "int32");
      const batchDims = Number(attrs?.["batchDims"] ?? 0);
      const ids = backend.getInputTensorIds([x, indices, axis]);
      const [output] = binding.executeOp(
        "GatherV2",
        [
          { name: "batch_dims", type: ATTRIBUTE.int, value: batchDims },
          {
            name: "Tparams",
            type: ATTRIBUTE.type,
            value: binding.dtype(ids[0]!),
          },
          { name: "Tindices", type: ATTRIBUTE.type, value: DTYPE.int32 },
          { name: "Taxis", type: ATTRIBUTE.type, value: DTYPE.int32 },
        ],
        ids,
        1,
      );
      const rows = tensorOf(backend, output!);
      return isBfloat16(rows) ? toFloat32(rows) : rows;
    }));
}

/** Registers a kernel in the place of the package's own. */
function replace(kernelName: string, kernelFunc: tf.KernelFunc): void {
  const backendName = "tensorflow";
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
