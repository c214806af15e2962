import { ATTRIBUTE, type Attribute, setAttributes } from "./attributes.ts";
import type { Library } from "./library.ts";
import { check } from "./library.ts";
import { cName, cShape } from "./native.ts";
import { inputArguments } from "./op_definition.ts";
import type { Pointer } from "./symbols.ts";

/** An output of a node in a graph that is being built: a tensor that has no values yet. */
export interface Traced {
  /** The node. */
  readonly node: Pointer;
  /** Which of the node's outputs. */
  readonly index: number;
  /** The node's operation, for messages. */
  readonly operation: string;
  /** The size of every axis. */
  readonly shape: number[];
  /** One of TensorFlow's TF_DataType numbers. */
  readonly dtype: number;
}

/** A tensor from outside that a traced function uses: the function takes it as one more input. */
export interface Captured {
  /** A handle of our own on the tensor's memory. */
  readonly handle: Pointer;
  /** Its placeholder. */
  readonly placeholder: Traced;
}

const MAX_CONSTANT = 1024; // elements; more than any shape, list of axes or scalar has
const encoder = new TextEncoder();
const OUTPUT_BYTES = 16; // sizeof(TF_Output): pointer, int32, padding

/**
 * Whether a tensor is one that a trace has made.
 *
 * @param tensor A tensor of the binding.
 * @returns Whether it is traced.
 */
export function isTraced(
  tensor: Pointer | Traced | undefined,
): tensor is Traced {
  return tensor !== undefined && tensor !== null && "node" in tensor;
}

/**
 * A graph under construction, and the function that it becomes.
 *
 * A small tensor made while tracing becomes a constant of the graph, from which TensorFlow can
 * infer shapes. Any other is captured: the function takes it as a further input, so a large
 * weight is not copied into the graph. Its memory is shared and stays alive as long as the
 * function, even if the original is disposed.
 */
export class Trace {
  /** Numbers of the tensors that were made while tracing. */
  readonly created = new Set<number>();
  /** Tensors from outside that were used, in the order of their first use. */
  readonly captured: Captured[] = [];

  readonly #library: Library;
  readonly #graph: Pointer;
  readonly #placeholders: Traced[] = [];
  readonly #known = new Map<number, Traced>();
  #nodes = 0;

  /**
   * Constructs a new {@linkcode Trace}.
   *
   * @param library The open library.
   */
  constructor(library: Library) {
    this.#library = library;
    this.#graph = library.symbols.TF_NewGraph();
  }

  /** Adds an input of the function. */
  placeholder(shape: readonly number[], dtype: number): Traced {
    const { symbols } = this.#library;
    const node = this.#begin("Placeholder");
    symbols.TF_SetAttrType(node, cName("dtype"), dtype);
    symbols.TF_SetAttrShape(node, cName("shape"), cShape(shape), shape.length);
    const traced = this.#output(
      this.#finish(node, "Placeholder"),
      0,
      "an input",
    );
    this.#placeholders.push(traced);
    return traced;
  }

  /** Brings a tensor that has values into the graph, once. */
  capture(id: number, handle: Pointer): Traced {
    let traced = this.#known.get(id);
    if (traced === undefined) {
      const shape = this.#shape(handle);
      const size = shape.reduce((a, b) => a * b, 1);
      // A weight that tfjs had not yet brought to the device counts as made while tracing, too.
      traced = this.created.has(id) && size <= MAX_CONSTANT
        ? this.#constant(handle)
        : this.#captureFromOutside(handle, shape);
      this.#known.set(id, traced);
    }
    return traced;
  }

  /** Adds a node. */
  add(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Traced[],
    outputCount: number,
  ): Traced[] {
    const { symbols } = this.#library;
    const node = this.#begin(name);
    let at = 0;
    const parameters = inputArguments(this.#library, this.#graph, name);
    for (const { list } of parameters) {
      if (list === undefined) {
        symbols.TF_AddInput(node, outputBytes([inputs[at++]!]));
        continue;
      }
      const declared = attributes.find((attribute) => attribute.name === list);
      const length = typeof declared?.value === "number" && declared.type === 1
        ? declared.value
        : inputs.length - (parameters.length - 1);
      symbols.TF_AddInputList(
        node,
        outputBytes(inputs.slice(at, at + length)),
        length,
      );
      at += length;
    }
    setAttributes(this.#library, "TF_", node, attributes);
    const finished = this.#finish(node, name);
    return Array.from(
      { length: outputCount },
      (_, index) => this.#output(finished, index, name),
    );
  }

  /** Adds a node that passes a tensor on: a function may not give back its own input as it is. */
  identity(input: Traced): Traced {
    const type = { name: "T", type: ATTRIBUTE.type, value: input.dtype };
    return this.add("Identity", [type], [input], 1)[0]!;
  }

  /**
   * Turns the graph into a function of the context, which can be run under `name`.
   *
   * @param name The function's name, unique in the process.
   * @param outputs What it gives back.
   * @param attributes Serialized AttrValues by name, such as `_XlaMustCompile`.
   */
  register(
    name: string,
    outputs: readonly Traced[],
    attributes: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  ): void {
    const { symbols, status, context } = this.#library;
    const definition = symbols.TF_GraphToFunction(
      this.#graph,
      cName(name),
      0,
      -1, // every node of the graph
      null,
      this.#placeholders.length,
      outputBytes(this.#placeholders),
      outputs.length,
      outputBytes(outputs),
      null,
      null,
      null,
      status,
    );
    check(symbols, status, "make a function of the traced graph");
    for (const [key, value] of attributes) {
      const length = BigInt(value.length);
      symbols.TF_FunctionSetAttrValueProto(
        definition,
        cName(key),
        value,
        length,
        status,
      );
      check(symbols, status, `set ${key} of a traced function`);
    }
    symbols.TFE_ContextAddFunction(context, definition, status);
    symbols.TF_DeleteFunction(definition);
    check(symbols, status, "register a traced function");
  }

  /** Lets go of what was captured, if no function came of it. */
  release(): void {
    for (const { handle } of this.captured) {
      this.#library.symbols.TFE_DeleteTensorHandle(handle);
    }
  }

  /** Frees the graph; the registered function stays. */
  [Symbol.dispose](): void {
    this.#library.symbols.TF_DeleteGraph(this.#graph);
  }

  /** A constant with the values of a handle. */
  #constant(handle: Pointer): Traced {
    const { symbols, status } = this.#library;
    const tensor = symbols.TFE_TensorHandleResolve(handle, status);
    check(symbols, status, "read a constant");
    const node = this.#begin("Const");
    symbols.TF_SetAttrTensor(node, cName("value"), tensor, status);
    check(symbols, status, "set a constant");
    symbols.TF_DeleteTensor(tensor);
    const dtype = symbols.TFE_TensorHandleDataType(handle);
    symbols.TF_SetAttrType(node, cName("dtype"), dtype);
    return this.#output(this.#finish(node, "Const"), 0, "a constant");
  }

  /** A further input of the function, with a handle of our own on the memory. */
  #captureFromOutside(original: Pointer, shape: readonly number[]): Traced {
    const { symbols, status } = this.#library;
    const handle = symbols.TFE_TensorHandleCopySharingTensor(original, status);
    check(symbols, status, "capture a tensor");
    const dtype = symbols.TFE_TensorHandleDataType(handle);
    const placeholder = this.placeholder(shape, dtype);
    this.captured.push({ handle, placeholder });
    return placeholder;
  }

  /** The size of every axis of a tensor that has values. */
  #shape(handle: Pointer): number[] {
    const { symbols, status } = this.#library;
    const rank = symbols.TFE_TensorHandleNumDims(handle, status);
    return Array.from(
      { length: rank },
      (_, i) => Number(symbols.TFE_TensorHandleDim(handle, i, status)),
    );
  }

  #begin(operation: string): Pointer {
    const name = encoder.encode(`n${this.#nodes++}\0`);
    return this.#library.symbols.TF_NewOperation(
      this.#graph,
      cName(operation),
      name,
    );
  }

  #finish(description: Pointer, operation: string): Pointer {
    const { symbols, status } = this.#library;
    const node = symbols.TF_FinishOperation(description, status);
    check(symbols, status, `trace ${operation}`);
    return node;
  }

  /** Reads the type and the shape that TensorFlow has inferred. */
  #output(node: Pointer, index: number, operation: string): Traced {
    const { symbols, status } = this.#library;
    const output = outputBytes([{ node, index }]);
    const dtype = symbols.TF_OperationOutputType(output);
    const rank = symbols.TF_GraphGetTensorNumDims(this.#graph, output, status);
    check(symbols, status, `infer the shape of ${operation}`);
    const sizes = new BigInt64Array(Math.max(1, rank));
    if (rank > 0) {
      symbols.TF_GraphGetTensorShape(this.#graph, output, sizes, rank, status);
      check(symbols, status, `infer the shape of ${operation}`);
    }
    const shape = Array.from(sizes.subarray(0, Math.max(0, rank)), Number);
    if (rank < 0 || shape.some((size) => size < 0)) {
      throw new TypeError(
        `Cannot trace ${operation} as its shape must follow from the shapes of its inputs alone: current shape is ${
          rank < 0 ? "unknown" : `[${shape}]`
        }`,
      );
    }
    return { node, index, operation, shape, dtype };
  }
}

/** The C structs TF_Output, side by side; never empty. */
function outputBytes(
  outputs: readonly Pick<Traced, "node" | "index">[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(OUTPUT_BYTES * Math.max(1, outputs.length));
  const view = new DataView(bytes.buffer);
  for (const [i, { node, index }] of outputs.entries()) {
    view.setBigUint64(OUTPUT_BYTES * i, Deno.UnsafePointer.value(node), true);
    view.setInt32(OUTPUT_BYTES * i + 8, index, true);
  }
  return bytes;
}
