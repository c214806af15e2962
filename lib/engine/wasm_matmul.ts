import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import type { ByteBudget } from "./budget.ts";
import { leadOf, multiplyPairs } from "./wasm_pairs.ts";
import type { WasmBackend } from "./wasm_types.ts";

/**
 * Makes a kernel that multiplies matrices on WebAssembly by the better of the two ways that its module
 * has.
 *
 * The fast way is for one pair of matrices, neither transposed. For it factors are turned first, and
 * pairs are multiplied one by one where they are. The module packs a copy of the second factor, and
 * keeps it for as long as that has its number; so they go by numbers that are forgotten at once. The
 * slow way takes ten times as long for each product of two numbers, but packs nothing: it is for
 * matrices of few rows, as in writing with a cache.
 *
 * @param slow The package's own kernel.
 * @param budget What may be taken of the memory.
 * @returns The kernel. It throws a `TypeError` if a factor is not float32, and a `RangeError` if sizes
 * do not go together or there is no memory.
 */
export function fastMatMul(
  slow: tf.KernelFunc,
  budget: ByteBudget,
): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: Tensor; b: Tensor };
    const { transposeA, transposeB } = call.attrs as unknown as Turns;
    check(a, b, { transposeA, transposeB });
    if (isForSlowWay(a, b, { transposeA, transposeB })) return slow(call);
    const left = transposeA ? turned(a) : a;
    const right = transposeB ? turned(b) : b;
    try {
      const backend = call.backend as unknown as WasmBackend;
      return multiply(backend, left, right, budget);
    } finally {
      if (left !== a) left.dispose();
      if (right !== b) right.dispose();
    }
  };
}

/** Which factors have their last two axes exchanged. */
interface Turns {
  transposeA: boolean;
  transposeB: boolean;
}

/** Refuses what the module would compute garbage of. */
function check(a: Tensor, b: Tensor, { transposeA, transposeB }: Turns): void {
  for (const { dtype } of [a, b]) {
    if (dtype === "float32") continue;
    throw new TypeError(
      `Cannot multiply matrices on WASM as they must be float32: current type is ${dtype}`,
    );
  }
  const columns = a.shape.at(transposeA ? -2 : -1);
  const rows = b.shape.at(transposeB ? -1 : -2);
  if (columns === rows) return;
  throw new RangeError(
    `Cannot multiply [${a.shape}] by [${b.shape}] as the columns of one must be as many as the rows of the other: current numbers are ${columns} and ${rows}`,
  );
}

const FEW_ROWS = 4; // from here on, packing the second factor pays
const FEW_PRODUCTS = 8000; // in one pair; a call of the fast way takes as long as these

/**
 * Whether the slow way is the faster one, and right: it is wrong where either factor lacks some of the
 * leading axes. One pair that is not transposed would go the fast way there too, and keep its copy.
 */
function isForSlowWay(
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: Turns,
): boolean {
  const [batchA, batchB] = [a, b].map(({ shape }) =>
    tf.util.sizeFromShape(shape.slice(0, -2))
  ) as [number, number];
  const batch = tf.util.sizeFromShape(leadOf(a, b));
  if (Math.max(batchA, batchB) !== batch) return false;
  if (batch === 1 && !transposeA && !transposeB) return false;
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const products = rows * tf.util.sizeFromShape(b.shape.slice(-2));
  return rows <= FEW_ROWS || products <= FEW_PRODUCTS;
}

/** Swaps the last two axes; tfjs passes factors of any rank from 2. */
function turned(x: Tensor): Tensor {
  const last = x.shape.length - 1;
  const before = Array.from({ length: last - 1 }, (_, i) => i);
  return tf.transpose<Tensor>(x, [...before, last, last - 1]);
}

/** Multiplies factors that are not transposed. */
function multiply(
  backend: WasmBackend,
  a: Tensor,
  b: Tensor,
  budget: ByteBudget,
): tf.TensorInfo {
  const [K, N] = b.shape.slice(-2) as [number, number];
  const packed = 4 * K * N;
  budget.take(packed, [K, N]);
  try {
    const out = backend.makeOutput(
      [...leadOf(a, b), a.shape.at(-2)!, N],
      "float32",
    );
    if (K === 0) backend.typedArrayFromHeap(out).fill(0);
    else multiplyPairs(backend, { a, b, out });
    return out;
  } finally {
    budget.give(packed);
  }
}
