import * as tf from "@tensorflow/tfjs";
import type { ByteBudget } from "./budget.ts";
import { fastMatMul } from "./wasm_matmul.ts";
import type { WasmBackend } from "./wasm_types.ts";

/**
 * Mends kernels of tfjs-backend-wasm 4.22; each repair says why.
 *
 * @param budget What may be taken of the memory.
 */
export function repairWasm(budget: ByteBudget): void {
  addUnsortedSegmentSum();
  replace("BatchMatMul", (slow) => fastMatMul(slow, budget));
  replace("GatherV2", refuseBatchDims);
  for (const [name, value] of Object.entries(OF_NOTHING)) {
    replace(name, (reduce) => fillIfEmpty(reduce, value));
  }
}

/** The kernel is missing, and is the gradient of `gather`: without it no embedding learns. */
function addUnsortedSegmentSum(): void {
  tf.registerKernel({
    kernelName: "UnsortedSegmentSum",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const wasm = backend as unknown as WasmBackend;
      const { x, segmentIds } = inputs as {
        x: tf.TensorInfo;
        segmentIds: tf.TensorInfo;
      };
      const rows = wasm.readSync(x.dataId);
      const ids = wasm.readSync(segmentIds.dataId);
      const rest = x.shape.slice(segmentIds.shape.length);
      const shape = [Number(attrs?.["numSegments"]), ...rest];
      const width = tf.util.sizeFromShape(rest);
      const size = tf.util.sizeFromShape(shape);
      const sums = x.dtype === "int32"
        ? new Int32Array(size)
        : new Float32Array(size);
      for (let row = 0; row < ids.length; row++) {
        const from = row * width;
        const to = ids[row]! * width;
        for (let i = 0; i < width; i++) sums[to + i]! += rows[from + i]!;
      }
      return wasm.makeOutput(shape, x.dtype, undefined, sums);
    },
  });
}

/** With batch dimensions the kernel gives garbage without a word, so they are refused. */
function refuseBatchDims(gather: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const batchDims = Number(call.attrs?.["batchDims"] ?? 0);
    if (batchDims === 0) return gather(call);
    throw new RangeError(
      `Cannot gather on WASM as batchDims must be 0, since its kernel is wrong for others: current value is ${batchDims}`,
    );
  };
}

/** What TensorFlow's reductions make of no elements. */
const OF_NOTHING = {
  Sum: 0,
  Mean: NaN,
  Prod: 1,
  Max: -Infinity,
  Min: Infinity,
  All: 1,
  Any: 0,
};

/** Of no elements the kernels give what was in the memory before: a loss without labels, say. */
function fillIfEmpty(reduce: tf.KernelFunc, value: number): tf.KernelFunc {
  return (call) => {
    const out = reduce(call) as tf.TensorInfo;
    const { x } = call.inputs as { x: tf.TensorInfo };
    if (x.shape.includes(0)) {
      const backend = call.backend as unknown as WasmBackend;
      backend.typedArrayFromHeap(out).fill(value);
    }
    return out;
  };
}

/** Puts a kernel in the place of the package's own. */
function replace(
  kernelName: string,
  around: (original: tf.KernelFunc) => tf.KernelFunc,
): void {
  const config = tf.getKernel(kernelName, "wasm");
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    ...config, // with the set-up that finds the function inside the WebAssembly module
    kernelFunc: around(config.kernelFunc),
  });
}
