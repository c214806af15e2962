import { ATTRIBUTE, type Attribute, setAttributes } from "./attributes.ts";
import type { Library } from "./library.ts";
import { check } from "./library.ts";
import { cName, cShape, DTYPE } from "./native.ts";
import { inputArguments } from "./op_definition.ts";
import type { Pointer } from "./symbols.ts";
import type { TracedFunction } from "./traced_function.ts";

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
  /** The trace that it belongs to. */
  readonly trace: Trace;
}

/** What is known of a result before it is there. */
export type Outline = Pick<Traced, "shape" | "dtype">;

/** A tensor from outside that a traced function uses: the function takes it as one more input. */
export interface Captured {
  /** A handle of our own on the tensor's memory. */
  readonly handle: Pointer;
  /** Its placeholder. */
  readonly placeholder: Traced;
}

/** What has happened to a variable while tracing. */
interface History {
  /** The node that updated it last. */
  update?: Pointer;
  /** The nodes that have read it since. */
  reads: Pointer[];
  /** Its values since the last update, if they were read. */
  current?: Traced | undefined;
}

/** The attribute that makes XLA compile a function. */
export const XLA_MUST_COMPILE = "_XlaMustCompile";
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
  /** The functions that it calls; they must live as long as its own. */
  readonly called = new Set<TracedFunction>();
  /** Whether XLA will compile the whole function. */
  readonly jit: boolean;

  readonly #library: Library;
  readonly #graph: Pointer;
  readonly #placeholders: Traced[] = [];
  readonly #known = new Map<number, Traced>();
  /** What happened to each variable, so that reads and updates keep their order. */
  readonly #histories = new Map<Traced, History>();
  readonly #updates: Pointer[] = [];
  #nodes = 0;

  /**
   * Constructs a new {@linkcode Trace}.
   *
   * @param library The open library.
   * @param jit Whether XLA will compile the whole function.
   */
  constructor(library: Library, jit: boolean) {
    this.#library = library;
    this.jit = jit;
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
    if (dtype === DTYPE.resource) {
      this.#histories.set(traced, { reads: [] });
    }
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
    const node = this.#node(name, attributes, inputs);
    return Array.from(
      { length: outputCount },
      (_, index) => this.#output(node, index, name),
    );
  }

  /** Reads a variable after the updates that came before; once between two updates. */
  read(resource: Traced, shape: number[], dtype: number): Traced {
    const history = this.#histories.get(resource)!;
    if (history.current === undefined) {
      const type = { name: "dtype", type: ATTRIBUTE.type, value: dtype };
      const node = this.#node(
        "ReadVariableOp",
        [type],
        [resource],
        history.update === undefined ? [] : [history.update],
      );
      history.reads.push(node);
      this.#setShape(node, 0, shape);
      history.current = this.#output(node, 0, "a variable");
    }
    return history.current;
  }

  /** Changes variables, after the reads and updates that came before. */
  update(
    name: string,
    attributes: readonly Attribute[],
    { resources, inputs }: { resources: Traced[]; inputs: Traced[] },
  ): void {
    const all = [...resources, ...inputs];
    const node = this.#node(name, attributes, all, this.#before(resources));
    this.#noteUpdate(node, resources);
  }

  /** The nodes that must have run before variables may be changed. */
  #before(resources: readonly Traced[]): Pointer[] {
    return resources.flatMap((resource) => {
      const { reads, update } = this.#histories.get(resource)!;
      return update === undefined ? reads : [...reads, update];
    });
  }

  /** Notes that a node has changed variables. */
  #noteUpdate(node: Pointer, resources: readonly Traced[]): void {
    this.#updates.push(node);
    for (const resource of resources) {
      this.#histories.set(resource, { reads: [], update: node });
    }
  }

  /** Calls a function that XLA compiles by itself; it may read and change the variables it takes. */
  call(
    name: string,
    inputs: readonly Traced[],
    outputs: readonly Outline[],
  ): Traced[] {
    const { symbols } = this.#library;
    const operation = "StatefulPartitionedCall";
    const node = this.#begin(operation);
    symbols.TF_AddInputList(node, outputBytes(inputs), inputs.length);
    for (const [key, list] of [["Tin", inputs], ["Tout", outputs]] as const) {
      const types = Int32Array.from(list, ({ dtype }) => dtype);
      symbols.TF_SetAttrTypeList(node, cName(key), types, types.length);
    }
    const length = BigInt(encoder.encode(name).length);
    symbols.TF_SetAttrFuncName(node, cName("f"), cName(name), length);
    symbols.TF_SetAttrBool(node, cName(XLA_MUST_COMPILE), 1);
    const resources = inputs.filter(({ dtype }) => dtype === DTYPE.resource);
    for (const earlier of this.#before(resources)) {
      symbols.TF_AddControlInput(node, earlier);
    }
    const finished = this.#finish(node, operation);
    if (resources.length > 0) this.#noteUpdate(finished, resources);
    return outputs.map(({ shape }, index) => {
      this.#setShape(finished, index, shape);
      return this.#output(finished, index, name);
    });
  }

  /** Passes a tensor on once another is there, so that nothing built on it starts earlier. */
  after(first: Traced, input: Traced): Traced {
    if (this.jit) { // XLA orders by data alone
      const node = this.#node("XlaOptimizationBarrier", [], [input, first]);
      return this.#output(node, 0, "a barrier");
    }
    const type = { name: "T", type: ATTRIBUTE.type, value: input.dtype };
    const node = this.#node("Identity", [type], [input], [first.node]);
    return this.#output(node, 0, "a barrier");
  }

  /** Builds a node with data inputs, and control inputs: nodes that must have run before. */
  #node(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Traced[],
    before: readonly Pointer[] = [],
  ): Pointer {
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
    for (const earlier of before) symbols.TF_AddControlInput(node, earlier);
    return this.#finish(node, name);
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
    // TensorFlow wants a name for each control output; the last update of each is enough, all do no harm.
    const updates = BigUint64Array.from(
      this.#updates,
      (node) => Deno.UnsafePointer.value(node),
    );
    const names = this.#updates.map((_, i) => cName(`update_${i}`));
    const namePointers = BigUint64Array.from(
      names,
      (name) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(name)),
    );
    const definition = symbols.TF_GraphToFunctionWithControlOutputs(
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
      updates.length,
      updates.length === 0 ? new BigUint64Array(1) : updates,
      updates.length === 0 ? null : namePointers,
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

  /** Lets go of what was captured and called, if no function came of it. */
  release(): void {
    for (const inner of this.called) inner.release();
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

  /** Tells a shape that TensorFlow cannot infer. */
  #setShape(node: Pointer, index: number, shape: readonly number[]): void {
    const { symbols, status } = this.#library;
    const output = outputBytes([{ node, index }]);
    const rank = shape.length;
    symbols.TF_GraphSetTensorShape(
      this.#graph,
      output,
      cShape(shape),
      rank,
      status,
    );
    check(symbols, status, "set the shape of a traced tensor");
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
    return { node, index, operation, shape, dtype, trace: this };
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
