import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "../../lib/engine/wasm_types.ts";

const PIECE = 2 ** 20; // bytes

/** How many pieces of 1 MiB are free in WebAssembly's memory. They are not written, so they cost nothing. */
export function freePieces(): number {
  return takeAll().free();
}

/** Takes all that is free of WebAssembly's memory, but for pieces under 1 MiB. */
export function takeAll(): { free(): number } {
  const { wasm } = tf.backend() as unknown as WasmBackend;
  const addresses: number[] = [];
  try {
    while (true) addresses.push(wasm._malloc(PIECE));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return {
    free() {
      for (const address of addresses) wasm._free(address);
      return addresses.length;
    },
  };
}
