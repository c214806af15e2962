import { ATTRIBUTE, type Attribute, setAttributes } from "./attributes.ts";
import type { Library } from "./library.ts";
import { check } from "./library.ts";
import {
  cName,
  DTYPE,
  newTensor,
  readHandle,
  type ReadValues,
  type Values,
} from "./native.ts";
import type { Pointer } from "./symbols.ts";
import { userLine } from "./user_line.ts";
import { isTraced, type Trace, type Traced } from "./trace.ts";

/** A tensor as tfjs-node's kernels know it: a number, its shape and its type. */
export interface TensorMetadata {
  /** The number by which the binding knows the tensor. */
  id: number;
  /** The size of every axis. */
  shape: number[];
  /** One of TensorFlow's TF_DataType numbers. */
  dtype: number;
}

/**
 * The native half of tfjs-node, over Deno's FFI instead of a compiled addon.
 *
 * It implements the interface that the package's own `NodeJSKernelBackend` calls
 * (`tfjs_binding.d.ts`), so all of its kernels work as they are. While a trace is on, operations
 * become nodes of its graph instead of running.
 *
 * Cost: about 10 microseconds an operation beyond the operation itself.
 */
export class Binding {
  /** TensorFlow's numbers for types of elements, under the names that tfjs-node asks for. */
  readonly TF_FLOAT = DTYPE.float;
  readonly TF_INT32 = DTYPE.int32;
  readonly TF_INT64 = DTYPE.int64;
  readonly TF_BOOL = DTYPE.bool;
  readonly TF_COMPLEX64 = DTYPE.complex64;
  readonly TF_STRING = DTYPE.string;
  readonly TF_RESOURCE = DTYPE.resource;
  readonly TF_UINT8 = DTYPE.uint8;
  readonly TF_ATTR_STRING = ATTRIBUTE.string;
  readonly TF_ATTR_INT = ATTRIBUTE.int;
  readonly TF_ATTR_FLOAT = ATTRIBUTE.float;
  readonly TF_ATTR_BOOL = ATTRIBUTE.bool;
  readonly TF_ATTR_TYPE = ATTRIBUTE.type;
  readonly TF_ATTR_SHAPE = ATTRIBUTE.shape;
  readonly TF_ATTR_RESOURCE = DTYPE.resource;
  /** The library's version. */
  readonly TF_Version: string;

  /** The trace that operations are recorded in, while there is one. */
  trace: Trace | undefined;

  readonly #library: Library;
  readonly #tensors = new Map<number, Pointer | Traced>();
  #next = 1;
  #outputs = new BigUint64Array(64);
  readonly #outputCount = new Int32Array(1);

  /**
   * Constructs a new {@linkcode Binding}.
   *
   * @param library The open library.
   */
  constructor(library: Library) {
    this.#library = library;
    this.TF_Version = library.version;
  }

  /** Whether operations run on a GPU by default. */
  isUsingGpuDevice(): boolean {
    return this.#library.devices.some(({ type }) => type === "GPU");
  }

  /** How many tensors are held. */
  getNumOfTensors(): number {
    return this.#tensors.size;
  }

  /** Saved models are not supported: there never are any. */
  getNumOfSavedModels(): number {
    return 0;
  }

  /** Copies values to the device and gives back their number. */
  createTensor(shape: number[], dtype: number, values: Values): number {
    const { symbols, status } = this.#library;
    const tensor = newTensor(this.#library, { shape, dtype, values });
    const handle = symbols.TFE_NewTensorHandle(tensor, status);
    symbols.TF_DeleteTensor(tensor);
    check(symbols, status, "make a tensor");
    const id = this.hold(handle);
    this.trace?.created.add(id);
    return id;
  }

  /** Lets a tensor go; a number that is not known any more is passed over. */
  deleteTensor(id: number): void {
    const tensor = this.#tensors.get(id);
    if (tensor === undefined) return;
    if (!isTraced(tensor)) this.#library.symbols.TFE_DeleteTensorHandle(tensor);
    this.#tensors.delete(id);
  }

  /** Copies the values of a tensor back. */
  tensorDataSync(id: number): ReadValues {
    const tensor = this.#tensors.get(id);
    if (isTraced(tensor)) {
      throw new TypeError(
        `Cannot read the result of ${tensor.operation} at ${userLine()} as a traced tensor has no values until the compiled function runs: return it, or read it outside`,
      );
    }
    return readHandle(this.#library, tensor ?? null);
  }

  /** Runs an operation, or records it while a trace is on. */
  executeOp(
    name: string,
    attributes: Attribute[],
    inputs: number[],
    outputCount: number,
  ): TensorMetadata[] {
    if (this.trace !== undefined) {
      const traced = inputs.map((id) => this.traced(id));
      return this.trace.add(name, attributes, traced, outputCount)
        .map((output) => this.describe(output));
    }
    const { symbols, status, context } = this.#library;
    const operation = symbols.TFE_NewOp(context, cName(name), status);
    check(symbols, status, `run ${name}`);
    try {
      setAttributes(this.#library, "TFE_Op", operation, attributes);
      for (const id of inputs) {
        symbols.TFE_OpAddInput(operation, this.handle(id), status);
        check(symbols, status, `run ${name}`);
      }
      if (outputCount > this.#outputs.length) {
        this.#outputs = new BigUint64Array(2 * outputCount);
      }
      this.#outputCount[0] = outputCount;
      symbols.TFE_Execute(operation, this.#outputs, this.#outputCount, status);
      check(symbols, status, `run ${name}`);
    } finally {
      symbols.TFE_DeleteOp(operation);
    }
    return Array.from(
      { length: this.#outputCount[0]! },
      (_, i) => this.#take(Deno.UnsafePointer.create(this.#outputs[i]!)),
    );
  }

  /** Reads a variable; the result shares its memory until the variable is updated. */
  readVariable(
    resource: number,
    shape: number[],
    dtype: number,
  ): TensorMetadata {
    if (this.trace !== undefined) {
      const traced = this.traced(resource);
      return this.describe(this.trace.read(traced, shape, dtype));
    }
    const type = { name: "dtype", type: ATTRIBUTE.type, value: dtype };
    return this.executeOp("ReadVariableOp", [type], [resource], 1)[0]!;
  }

  /** Runs an operation that changes variables, after all that came before it. */
  updateVariables(
    name: string,
    attributes: Attribute[],
    { resources, inputs }: { resources: number[]; inputs: number[] },
  ): void {
    if (this.trace === undefined) {
      this.executeOp(name, attributes, [...resources, ...inputs], 0);
      return;
    }
    this.trace.update(name, attributes, {
      resources: resources.map((id) => this.traced(id)),
      inputs: inputs.map((id) => this.traced(id)),
    });
  }

  /** Takes over a handle or a traced tensor, and gives it a number. */
  hold(tensor: Pointer | Traced): number {
    this.#tensors.set(this.#next, tensor);
    return this.#next++;
  }

  /** The handle of a tensor that has values. */
  handle(id: number): Pointer {
    const tensor = this.#tensors.get(id);
    if (tensor === undefined || isTraced(tensor)) {
      throw new TypeError(
        `Cannot use tensor ${id} as it must be alive and have values: ${
          tensor === undefined
            ? "it was disposed"
            : `it is the result of ${tensor.operation} in a compiled function that has ended`
        }`,
      );
    }
    return tensor;
  }

  /** A tensor as the current trace knows it; one from outside is captured. */
  traced(id: number): Traced {
    const tensor = this.#tensors.get(id);
    if (!isTraced(tensor)) return this.trace!.capture(id, this.handle(id));
    if (tensor.trace === this.trace) return tensor;
    throw new TypeError(
      `Cannot use the result of ${tensor.operation} as it must be of the function that is traced now: pass it to the inner function as an argument`,
    );
  }

  /** TensorFlow's number for the type of a tensor's elements. */
  dtype(id: number): number {
    const tensor = this.#tensors.get(id);
    return isTraced(tensor)
      ? tensor.dtype
      : this.#library.symbols.TFE_TensorHandleDataType(this.handle(id));
  }

  /** Forgets a function that a trace has registered. */
  removeFunction(name: string): void {
    const { symbols, status, context } = this.#library;
    symbols.TFE_ContextRemoveFunction(context, cName(name), status);
    check(symbols, status, `remove the function ${name}`);
  }

  /** Gives a traced tensor a number, and tells its shape and type. */
  describe(output: Traced): TensorMetadata {
    return {
      id: this.hold(output),
      shape: output.shape,
      dtype: output.dtype,
    };
  }

  /** Gives a handle that came out of an operation a number, and reads its shape and type. */
  #take(handle: Pointer): TensorMetadata {
    const { symbols, status } = this.#library;
    const rank = symbols.TFE_TensorHandleNumDims(handle, status);
    const shape = Array.from(
      { length: rank },
      (_, i) => Number(symbols.TFE_TensorHandleDim(handle, i, status)),
    );
    const dtype = symbols.TFE_TensorHandleDataType(handle);
    return { id: this.hold(handle), shape, dtype };
  }
}
