import type { Symbols } from "./symbols.ts";

/**
 * Tells whether a library has code for NVIDIA's GPUs, whatever machine it is on.
 *
 * Libraries for the processor and for the GPU have the same name and the same functions; only the
 * kernels that are registered differ, and the matrix product is one that every GPU library has.
 *
 * @see {@link https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/framework/kernel_def.proto | kernel_def.proto}
 *
 * @example Usage
 * ```ts ignore
 * console.log(isBuiltForCuda(openLibrary().symbols));
 * ```
 *
 * @param symbols The library's functions.
 * @returns Whether its matrix product has a kernel for GPUs.
 */
export function isBuiltForCuda(
  symbols: Pick<
    Symbols,
    | "TF_NewStatus"
    | "TF_DeleteStatus"
    | "TF_GetRegisteredKernelsForOp"
    | "TF_DeleteBuffer"
  >,
): boolean {
  const status = symbols.TF_NewStatus();
  const name = new TextEncoder().encode("MatMul\0");
  const list = symbols.TF_GetRegisteredKernelsForOp(name, status);
  symbols.TF_DeleteStatus(status);
  if (list === null) return false;
  const fields = new Deno.UnsafePointerView(list); // TF_Buffer { data, length, deallocator }
  const data = Deno.UnsafePointer.create(fields.getBigUint64(0));
  const length = Number(fields.getBigUint64(8));
  const bytes = data === null
    ? new ArrayBuffer()
    : Deno.UnsafePointerView.getArrayBuffer(data, length);
  const found = new TextDecoder("latin1").decode(bytes).includes(GPU_KERNEL);
  symbols.TF_DeleteBuffer(list);
  return found;
}

/** In a serialized KernelList: `device_type: "GPU"`. */
const GPU_KERNEL = "\x12\x03GPU";
