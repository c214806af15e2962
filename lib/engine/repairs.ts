import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { DTYPE } from "./native.ts";
import type { NativeBackend } from "./tensorflow_backend.ts";

/**
 * Replaces kernels of tfjs-node-gpu 4.22 that stand in the way; each with its reason.
 *
 * @param backend The backend whose kernels are repaired.
 */
export function repairTensorflow(backend: NativeBackend): void {
  repairGather(backend);
}

/**
 * `GatherV2` reads its indices back to check their range: slow on a GPU, and impossible while
 * tracing, when they have no values. TensorFlow itself refuses indices out of range on a CPU.
 */
function repairGather(backend: NativeBackend): void {
  replace("GatherV2", ({ inputs, attrs }) => {
    const { x, indices } = inputs as { x: Tensor; indices: Tensor };
    const axis = tf.scalar(Number(attrs?.["axis"] ?? 0), "int32");
    const gathered = backend.executeSingleOutput("GatherV2", [
      {
        name: "batch_dims",
        type: ATTRIBUTE.int,
        value: Number(attrs?.["batchDims"] ?? 0),
      },
      { name: "Tparams", type: ATTRIBUTE.type, value: dtypeOf(x) },
      { name: "Tindices", type: ATTRIBUTE.type, value: DTYPE.int32 },
      { name: "Taxis", type: ATTRIBUTE.type, value: DTYPE.int32 },
    ], [x, indices, axis]);
    axis.dispose();
    return gathered;
  });
}

/** TensorFlow's number for the type of a tensor. */
function dtypeOf({ dtype }: Tensor): number {
  return dtype === "float32"
    ? DTYPE.float
    : dtype === "int32"
    ? DTYPE.int32
    : DTYPE.bool;
}

/** Registers a kernel in the place of the package's own. */
function replace(kernelName: string, kernelFunc: tf.KernelFunc): void {
  const backendName = "tensorflow";
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}
