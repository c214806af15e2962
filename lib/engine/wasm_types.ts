import type * as tf from "@tensorflow/tfjs";

/** What we use of tfjs' `BackendWasm`. */
export interface WasmBackend {
  /** The WebAssembly module. */
  readonly wasm: {
    /** Gives memory: its address, or 0 where there is none. */
    _malloc(bytes: number): number;
    /** Takes memory back. */
    _free(address: number): void;
    /** Finds a function of the module. */
    cwrap(
      name: string,
      returns: null,
      parameters: readonly ("number" | "array")[],
    ): (...values: (number | boolean | Uint8Array)[]) => void;
    /** The module's table of tensors. */
    readonly tfjs: {
      /** Gives elements in memory a number by which kernels know them. */
      registerTensor(id: number, size: number, address: number): void;
      /** Forgets the number, and what kernels keep for it. */
      disposeData(id: number): void;
    };
  };
  /** The tensors that tfjs knows. */
  readonly dataIdMap: {
    /** The address and number of one. */
    get(dataId: object): { readonly id: number; readonly memoryOffset: number };
  };
  /** The number that the next tensor gets. */
  dataIdNextNumber: number;
  /** Takes in a new tensor. */
  move(
    dataId: object,
    values: tf.BackendValues | null,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void;
  /** Lets one user of a tensor go; gives back whether it was the last. */
  disposeData(dataId: object, force?: boolean): boolean;
  /** Copies the elements of a tensor. */
  readSync(dataId: object): Float32Array | Int32Array;
  /** The elements of a tensor where they are, until memory grows. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
  /** Makes the tensor that a kernel returns. */
  makeOutput(
    shape: number[],
    dtype: tf.DataType,
    memoryOffset?: undefined,
    values?: Float32Array | Int32Array,
  ): tf.TensorInfo;
}
