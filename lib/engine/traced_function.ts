import * as tf from "@tensorflow/tfjs";
import { ATTRIBUTE } from "./attributes.ts";
import { tensorOf } from "./bfloat16.ts";
import { openLibrary } from "./library.ts";
import { DTYPE } from "./native.ts";
import type { NativeBackend } from "./tensorflow_backend.ts";
import { type Outline, Trace, XLA_MUST_COMPILE } from "./trace.ts";
import { flatten, type Tree, unflatten } from "./tree.ts";
import { Variable } from "./variable.ts";

const TRUE = new Uint8Array([0x28, 0x01]); // AttrValue { b: true }
let functions = 0;

/**
 * One TensorFlow function that came of tracing tfjs code, ready to run.
 *
 * It lives as long as anybody holds it: whoever made it, and every function that calls it.
 */
export class TracedFunction {
  /** What the code gave back; it tells the places of the results. */
  readonly #result: Tree;
  readonly #outputs: readonly Outline[];
  readonly #name: string;
  readonly #jit: boolean;
  readonly #backend: NativeBackend;
  /** Numbers of the tensors that were captured; ours. */
  readonly #captured: readonly number[];
  /** The functions that it calls. */
  readonly #inner: readonly TracedFunction[];
  #holders = 1;

  /**
   * Runs the code once with placeholders, and registers the graph that it leaves.
   *
   * @param backend The backend.
   * @param fn The code.
   * @param args Its arguments; of tensors and variables, shapes and types count alone.
   * @param jit Whether XLA compiles the function.
   */
  constructor(
    backend: NativeBackend,
    fn: (args: readonly Tree[]) => Tree,
    args: readonly Tree[],
    jit: boolean,
  ) {
    const { binding } = backend;
    const name = `cria_${functions++}`;
    using graph = new Trace(openLibrary(), jit);
    const outer = binding.trace;
    const { tensors, variables } = flatten(args);
    const ids = backend.getInputTensorIds(tensors); // brings values to the device that are not there yet
    const resources: Variable[] = [];
    tf.engine().startScope(name);
    binding.trace = graph;
    try {
      const placeholders = ids.map((id, i) =>
        tensorOf(
          backend,
          binding.describe(
            graph.placeholder(tensors[i]!.shape, binding.dtype(id)),
          ),
        )
      );
      for (const { shape } of variables) {
        const resource = binding.hold(graph.placeholder([], DTYPE.resource));
        resources.push(new Variable({ shape, resource }));
      }
      this.#result = fn(unflatten(args, placeholders, resources));
      if (flatten(this.#result).variables.length > 0) {
        throw new TypeError(
          "Cannot compile a function as its result must be of tensors: there is a variable in it, whose values read() gives",
        );
      }
      const outputs = backend
        .getInputTensorIds(flatten(this.#result).tensors)
        .map((id) => binding.traced(id));
      this.#outputs = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
      graph.register(
        name,
        outputs.map((output) => graph.identity(output)),
        jit ? new Map([[XLA_MUST_COMPILE, TRUE]]) : new Map(),
      );
    } catch (error) {
      graph.release();
      throw error;
    } finally {
      binding.trace = outer;
      tf.engine().endScope();
      for (const { resource } of resources) binding.deleteTensor(resource);
    }
    this.#name = name;
    this.#jit = jit;
    this.#backend = backend;
    this.#captured = graph.captured.map(({ handle }) => binding.hold(handle));
    this.#inner = [...graph.called]; // held since they were called
  }

  /**
   * Runs it; inside of another trace, makes it a call in that graph.
   *
   * @param args Tensors and variables, arranged as those that it was traced with.
   * @returns What the code gave back, with tensors that the caller owns.
   */
  run(args: readonly Tree[]): Tree {
    const { binding } = this.#backend;
    const { tensors, variables } = flatten(args);
    const resources = variables.map(({ resource }) => resource);
    if (new Set(resources).size < resources.length) {
      throw new TypeError(
        `Cannot call a compiled function as each variable must be given once, or the order of its updates is lost: current number is ${resources.length}, of ${
          new Set(resources).size
        } variables`,
      );
    }
    const given = [
      ...this.#backend.getInputTensorIds(tensors),
      ...resources,
      ...this.#captured,
    ];
    const outputs = binding.trace === undefined
      ? binding.executeOp(this.#name, this.#flags, given, this.#outputs.length)
      : this.#call(binding.trace, given);
    return unflatten(
      this.#result, // its own tensors are gone
      outputs.map((output) => tensorOf(this.#backend, output)),
    );
  }

  /** Keeps it alive for one more holder. */
  hold(): void {
    this.#holders++;
  }

  /** Gives up one hold; the last one frees it. */
  release(): void {
    if (--this.#holders > 0) return;
    const { binding } = this.#backend;
    for (const id of this.#captured) binding.deleteTensor(id);
    binding.removeFunction(this.#name);
    for (const inner of this.#inner) inner.release();
  }

  get #flags() {
    return this.#jit
      ? [{ name: XLA_MUST_COMPILE, type: ATTRIBUTE.bool, value: true }]
      : [];
  }

  /** Makes it a node of another graph. */
  #call(trace: Trace, given: readonly number[]) {
    const { binding } = this.#backend;
    if (!trace.called.has(this)) {
      trace.called.add(this);
      this.hold(); // its own cache may forget it before the trace ends
    }
    const inputs = given.map((id) => binding.traced(id));
    return trace.call(this.#name, inputs, this.#outputs)
      .map((output) => binding.describe(output));
  }
}
