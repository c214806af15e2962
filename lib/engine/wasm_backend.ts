import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { fileURLToPath } from "node:url";
import { ByteBudget } from "./budget.ts";
import { repairWasm } from "./wasm_repairs.ts";
import type { WasmBackend } from "./wasm_types.ts";

/**
 * What tensors may take of WebAssembly's memory. It has 4 GiB at most, of which the kernels need some
 * themselves. Past its end every allocation is at address 0: all tensors then share their elements.
 */
export const wasmBudget: ByteBudget = new ByteBudget({
  memory: "WASM memory",
  limit: 3.9 * 2 ** 30,
});

let registered = false;

/**
 * Makes tfjs' WebAssembly backend ready: the engine that is always there, with npm alone.
 *
 * Its kernels run on one thread with SIMD. What they lack or do badly is mended, and memory that it
 * does not have is refused.
 */
export function registerWasm(): void {
  if (registered) return;
  registered = true;
  const folder = new URL(
    ".",
    import.meta.resolve("@tensorflow/tfjs-backend-wasm"),
  );
  setWasmPaths(fileURLToPath(folder));
  repairWasm(wasmBudget);
  const entry = tf.engine().registryFactory["wasm"]!;
  const make = entry.factory;
  entry.factory = async () => guardMemory(await make());
}

/** Counts what every tensor takes, before it is taken. */
function guardMemory(backend: tf.KernelBackend): tf.KernelBackend {
  const guarded = backend as unknown as WasmBackend;
  const { wasm, move, disposeData } = guarded;
  const taken = new WeakMap<object, number>();
  let asked: readonly number[] = []; // the shape that memory is taken for
  wasm._free(wasm._malloc(1)); // the first call puts the module's own function in its place
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address !== 0 || bytes === 0) return address;
    throw wasmBudget.refusal(bytes, asked, "have as much in one piece");
  };
  guarded.move = (dataId, values, shape, dtype, refCount) => {
    const bytes = dtype === "string"
      ? 0 // strings stay in JavaScript
      : tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
    wasmBudget.take(bytes, shape);
    asked = shape;
    try {
      move.call(guarded, dataId, values, shape, dtype, refCount);
    } catch (error) {
      wasmBudget.give(bytes);
      throw error;
    }
    taken.set(dataId, bytes);
  };
  guarded.disposeData = (dataId, force) => {
    const freed = disposeData.call(guarded, dataId, force);
    if (freed) {
      wasmBudget.give(taken.get(dataId) ?? 0);
      taken.delete(dataId);
    }
    return freed;
  };
  return backend;
}
