import type { Library } from "./library.ts";
import { check } from "./library.ts";
import { checkBudget } from "./memory.ts";
import type { Pointer } from "./symbols.ts";

/** TensorFlow's numbers for the types of elements (`TF_DataType`). */
export const DTYPE = {
  float: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
} as const;

/** What tfjs hands over as the values of a tensor. */
export type Values = ArrayLike<number | boolean>;

/** What is read back from a tensor. */
export type ReadValues =
  | Float32Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

const encoder = new TextEncoder();
const names = new Map<string, Uint8Array<ArrayBuffer>>();

/**
 * A C string of a name, kept for the next call: names of operations and attributes are few.
 *
 * @param name The name.
 * @returns Its bytes with a zero at the end.
 */
export function cName(name: string): Uint8Array<ArrayBuffer> {
  let bytes = names.get(name);
  if (bytes === undefined) {
    bytes = encoder.encode(name + "\0");
    names.set(name, bytes);
  }
  return bytes;
}

/**
 * Sizes of axes as C's `int64_t` array; never empty, since FFI refuses an empty buffer.
 *
 * @param shape The sizes.
 * @returns The array, with one spare element for a scalar.
 */
export function cShape(shape: readonly number[]): BigInt64Array<ArrayBuffer> {
  const dims = new BigInt64Array(Math.max(1, shape.length));
  for (let i = 0; i < shape.length; i++) dims[i] = BigInt(shape[i]!);
  return dims;
}

/**
 * Copies values into a new TF_Tensor.
 *
 * @param library The open library.
 * @param shape The size of every axis.
 * @param dtype One of {@linkcode DTYPE}: float, int32, int64 (as pairs of int32), bool, uint8 or
 * complex64 (as pairs of floats).
 * @param values The elements in row-major order.
 * @returns The tensor; the caller deletes it.
 * @throws {RangeError} If TensorFlow cannot have the memory.
 */
export function newTensor(
  library: Library,
  { shape, dtype, values }: {
    shape: readonly number[];
    dtype: number;
    values: Values;
  },
): Pointer {
  const bytes = asBytes(dtype, values);
  const { symbols } = library;
  checkBudget(bytes.byteLength, `make a tensor of shape [${shape}]`);
  const tensor = symbols.TF_AllocateTensor(
    dtype,
    cShape(shape),
    shape.length,
    BigInt(bytes.byteLength),
  );
  if (tensor === null) {
    throw new RangeError(
      `Cannot make a tensor of shape [${shape}] as there must be memory for it: current size is ${bytes.byteLength} bytes`,
    );
  }
  if (bytes.byteLength > 0) view(library, tensor).set(bytes);
  return tensor;
}

/** The values as the bytes that TensorFlow keeps. */
function asBytes(dtype: number, values: Values): Uint8Array {
  switch (dtype) {
    case DTYPE.int64: // tfjs passes an Int32Array of low and high halves
    case DTYPE.int32:
      return bytesOf(
        values instanceof Int32Array
          ? values
          : Int32Array.from(numbers(values)),
      );
    case DTYPE.bool:
    case DTYPE.uint8:
      return values instanceof Uint8Array
        ? values
        : Uint8Array.from(numbers(values));
    case DTYPE.float:
    case DTYPE.complex64:
      return bytesOf(
        values instanceof Float32Array
          ? values
          : Float32Array.from(numbers(values)),
      );
    default:
      throw new TypeError(
        `Cannot make a tensor as its type must be float, int32, int64, bool, uint8 or complex64: current TF_DataType is ${dtype}`,
      );
  }
}

/** Booleans count as 0 and 1. */
function numbers(values: Values): ArrayLike<number> {
  return Array.from(values, Number);
}

/** The bytes under a typed array. */
function bytesOf(array: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * The memory of a TF_Tensor, not copied: use it before the tensor is deleted.
 *
 * @param library The open library.
 * @param tensor The tensor.
 * @returns Its bytes.
 */
export function view(library: Library, tensor: Pointer): Uint8Array {
  const { symbols } = library;
  const size = Number(symbols.TF_TensorByteSize(tensor));
  const data = symbols.TF_TensorData(tensor);
  if (size === 0 || data === null) return new Uint8Array();
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, size));
}

/**
 * Copies the elements out of a tensor handle, waiting for them if they are still computed.
 *
 * @param library The open library.
 * @param handle The handle.
 * @returns A typed array of its own memory.
 * @throws {Error} If the operation that was to fill it failed.
 */
export function readHandle(library: Library, handle: Pointer): ReadValues {
  const { symbols, status } = library;
  const tensor = symbols.TFE_TensorHandleResolve(handle, status);
  check(symbols, status, "read a tensor");
  const { buffer } = view(library, tensor).slice();
  symbols.TF_DeleteTensor(tensor);
  switch (symbols.TFE_TensorHandleDataType(handle)) {
    case DTYPE.float:
    case DTYPE.complex64:
      return new Float32Array(buffer);
    case DTYPE.bfloat16:
      return widened(new Uint16Array(buffer));
    case DTYPE.int32:
      return new Int32Array(buffer);
    case DTYPE.int64:
      return new BigInt64Array(buffer);
    default:
      return new Uint8Array(buffer);
  }
}

/** bfloat16 is the upper half of a float32. */
function widened(halves: Uint16Array): Float32Array {
  const bits = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(bits.buffer);
}
