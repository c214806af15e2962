import type { GgufType } from "./gguf.ts";

/** Number of elements of a Q8_0 block, which share one scale. */
const BLOCK = 32;
const BLOCK_BYTES = 2 + BLOCK; // a float16 scale, and a byte for each element

/**
 * Stores float32 elements in a type of GGUF.
 *
 * Float16 rounds to the nearest, ties to even. Q8_0 takes 32 elements at a time: their scale is the
 * greatest magnitude divided by 127, and each becomes the whole number of scales nearest to it,
 * halves away from zero. Every step is rounded to float32, as in the reference, so that the bytes
 * are the same.
 *
 * @see {@link https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c | quantize_row_q8_0_ref}
 *
 * @example A block of Q8_0
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const bytes = ggufElements(new Float32Array(32).fill(127), "Q8_0");
 * deepEqual([...bytes.subarray(0, 3)], [0x00, 0x3c, 127]); // a scale of 1, and 127 of it
 * ```
 *
 * @param data The elements; for Q8_0 a multiple of 32.
 * @param type How they are to be stored.
 * @returns Their bytes. For F32 these are the elements themselves, not a copy.
 * @throws {RangeError} If an element is too large for the type, or no number.
 */
export function ggufElements(data: Float32Array, type: GgufType): Uint8Array {
  switch (type) {
    case "F32":
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    case "F16":
      return halves(data);
    case "Q8_0":
      return blocks(data);
  }
}

/** Elements as float16. */
function halves(data: Float32Array): Uint8Array {
  const narrow = new Float16Array(data);
  const lost = narrow.findIndex((value) => !Number.isFinite(value));
  if (lost >= 0) refuse("F16", lost, data[lost]!);
  return new Uint8Array(narrow.buffer);
}

/** Elements as blocks of a scale and 32 bytes. */
function blocks(data: Float32Array): Uint8Array {
  const bytes = new Uint8Array(data.length / BLOCK * BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  for (let block = 0; block < data.length / BLOCK; block++) {
    const start = block * BLOCK;
    let most = 0;
    for (let i = start; i < start + BLOCK; i++) {
      most = Math.max(most, Math.abs(data[i]!)); // NaN if one of them is
    }
    const scale = Math.fround(most / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const at = block * BLOCK_BYTES;
    view.setFloat16(at, scale, true);
    if (!Number.isFinite(view.getFloat16(at, true))) {
      refuse("Q8_0", start, most);
    }
    for (let i = 0; i < BLOCK; i++) {
      const exact = Math.fround(data[start + i]! * inverse);
      const rounded = Math.floor(Math.abs(exact) + 0.5);
      view.setInt8(at + 2 + i, exact < 0 ? -rounded : rounded);
    }
  }
  return bytes;
}

function refuse(type: GgufType, index: number, value: number): never {
  throw new RangeError(
    `Cannot store an element as ${type} as it must be a number in the type's range: current value at ${index} is ${value}`,
  );
}
