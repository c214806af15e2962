import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../core/tensor.ts";

/**
 * Makes tfjs' WebAssembly backend ready: the engine that is always there, with npm alone.
 *
 * Its kernels run on one thread with SIMD. What they lack or do badly is mended here; each repair
 * says why.
 */
export function registerWasm(): void {
  const folder = new URL(
    ".",
    import.meta.resolve("@tensorflow/tfjs-backend-wasm"),
  );
  setWasmPaths(fileURLToPath(folder));
  if (tf.getKernel("UnsortedSegmentSum", "wasm") !== undefined) return;
  addUnsortedSegmentSum();
  repairBatchMatMul();
  repairGather();
}

/** The part of the backend that the repairs use. */
interface WasmBackend {
  readSync(dataId: object): Float32Array | Int32Array;
  makeOutput(
    shape: number[],
    dtype: tf.DataType,
    memoryOffset: undefined,
    values: Float32Array,
  ): tf.TensorInfo;
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
      const count = Number(attrs?.["numSegments"]);
      const width = rows.length / Math.max(1, ids.length);
      const sums = new Float32Array(count * width);
      for (let row = 0; row < ids.length; row++) {
        const from = row * width;
        const to = ids[row]! * width;
        for (let i = 0; i < width; i++) sums[to + i]! += rows[from + i]!;
      }
      const shape = [count, ...x.shape.slice(segmentIds.shape.length)];
      return wasm.makeOutput(shape, "float32", undefined, sums);
    },
  });
}

/**
 * The kernel is three times as slow with a transposed factor as with a transposed copy of it, and
 * slow for a batch of pairs; so the factors are turned first.
 */
function repairBatchMatMul(): void {
  wrap("BatchMatMul", (original, call) => {
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const { transposeA, transposeB } = call.attrs as {
      transposeA: boolean;
      transposeB: boolean;
    };
    const left = transposeA ? turned(a) : a;
    const right = transposeB ? turned(b) : b;
    const product = original({
      ...call,
      inputs: { a: left, b: right },
      attrs: { transposeA: false, transposeB: false },
    });
    if (left !== a) left.dispose();
    if (right !== b) right.dispose();
    return product;
  });
}

/** Swaps the last two axes; tfjs passes factors of any rank from 2. */
function turned(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  const before = Array.from({ length: last - 1 }, (_, i) => i);
  return tf.transpose<Tensor>(x, [...before, last, last - 1]);
}

/** With batch dimensions the kernel gives garbage without a word, so it is refused. */
function repairGather(): void {
  wrap("GatherV2", (original, call) => {
    const batchDims = Number(call.attrs?.["batchDims"] ?? 0);
    if (batchDims !== 0) {
      throw new RangeError(
        `Cannot gather on WASM as batchDims must be 0, since its kernel is wrong for others: current value is ${batchDims}`,
      );
    }
    return original(call);
  });
}

type Call = Parameters<tf.KernelFunc>[0];

/** Puts a function before a kernel of the backend. */
function wrap(
  kernelName: string,
  around: (original: tf.KernelFunc, call: Call) => ReturnType<tf.KernelFunc>,
): void {
  const config = tf.getKernel(kernelName, "wasm");
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    ...config, // with the set-up that finds the function inside the WebAssembly module
    kernelFunc: (call) => around(config.kernelFunc, call),
  });
}
