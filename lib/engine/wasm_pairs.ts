import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import type { WasmBackend } from "./wasm_types.ts";

/** Two factors and their product. */
export interface Factors {
  /** The first factors, `[..., M, K]`, float32. */
  a: Tensor;
  /** The second factors, `[..., K, N]`, float32. */
  b: Tensor;
  /** Where the products go, `[..., M, N]`. */
  out: tf.TensorInfo;
}

/**
 * Multiplies matrices pair by pair, each by the fast way of the WebAssembly module.
 *
 * The module packs a copy of the second factor, and keeps it for as long as that has its number; so
 * the matrices go by numbers that are forgotten at once. None of their elements is copied.
 *
 * @param backend The backend that holds them.
 * @param factors The factors, of which leading axes may be missing or 1, and their product.
 */
export function multiplyPairs(
  backend: WasmBackend,
  { a, b, out }: Factors,
): void {
  const [M, K] = a.shape.slice(-2) as [number, number];
  const N = b.shape.at(-1)!;
  const [leadA, leadB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const one = leadB.every((size) => size === 1); // then rows of all pairs meet the same matrix
  const [rows, placesA, placesB] = one
    ? [tf.util.sizeFromShape(leadA) * M, [0], [0]]
    : [M, places(leadA, leadOf(a, b)), places(leadB, leadOf(a, b))];
  if (rows * N === 0) return;
  const [from, by, to] = [a, b, out].map(({ dataId }) =>
    backend.dataIdMap.get(dataId).memoryOffset
  ) as [number, number, number];
  placesA.forEach((place, i) => {
    multiplyPair(backend, [rows, K, N], {
      a: from + 4 * place * M * K,
      b: by + 4 * placesB[i]! * K * N,
      out: to + 4 * i * M * N,
    });
  });
}

/**
 * Finds the leading axes of a product of matrices.
 *
 * @param a The first factors, `[..., M, K]`.
 * @param b The second factors, `[..., K, N]`.
 * @returns The sizes of all axes but the last two.
 * @throws {Error} If an axis is neither of one size in both, nor 1, nor missing.
 */
export function leadOf(a: Tensor, b: Tensor): number[] {
  return tf.broadcast_util.assertAndGetBroadcastShape(
    a.shape.slice(0, -2),
    b.shape.slice(0, -2),
  );
}

/** For every matrix of a result, the place of the one in a factor; axes of size 1 are repeated. */
function places(
  own: readonly number[],
  lead: readonly number[],
): number[] {
  const missing = lead.length - own.length;
  let found = [0];
  for (const [axis, size] of lead.entries()) {
    const have = own[axis - missing] ?? 1;
    found = found.flatMap((place) =>
      Array.from({ length: size }, (_, i) => place * have + i % have)
    );
  }
  return found;
}

type Kernel = ReturnType<WasmBackend["wasm"]["cwrap"]>;
const kernels = new WeakMap<object, Kernel>();

/** The module's function: number and shape of either factor, whether transposed, number of the result. */
function kernelOf({ wasm }: WasmBackend): Kernel {
  let kernel = kernels.get(wasm);
  if (kernel === undefined) {
    const factor = ["number", "array", "number"] as const;
    kernel = wasm.cwrap("BatchMatMul", null, [
      ...factor,
      ...factor,
      "number",
      "number",
      "number",
    ]);
    kernels.set(wasm, kernel);
  }
  return kernel;
}

/** Multiplies one pair of matrices, given by their addresses. */
function multiplyPair(
  backend: WasmBackend,
  [M, K, N]: readonly [M: number, K: number, N: number],
  at: { a: number; b: number; out: number },
): void {
  const { tfjs } = backend.wasm;
  const a = backend.dataIdNextNumber++;
  const b = backend.dataIdNextNumber++;
  const out = backend.dataIdNextNumber++;
  tfjs.registerTensor(a, M * K, at.a);
  tfjs.registerTensor(b, K * N, at.b);
  tfjs.registerTensor(out, M * N, at.out);
  const [shapeA, shapeB] = [[1, M, K], [1, K, N]].map((shape) =>
    new Uint8Array(Int32Array.from(shape).buffer)
  ) as [Uint8Array, Uint8Array];
  try {
    kernelOf(backend)(a, shapeA, 3, b, shapeB, 3, false, false, out);
  } finally {
    for (const number of [a, b, out]) tfjs.disposeData(number);
  }
}
