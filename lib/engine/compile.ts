import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE } from "./attributes.ts";
import { openLibrary } from "./library.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";
import { Trace } from "./trace.ts";
import { flatten, type Tree, unflatten } from "./tree.ts";
import { type Precision, withPrecision } from "./precision.ts";

/** Options for {@linkcode compile}. */
export interface CompileOptions {
  /**
   * Whether XLA compiles the function: slower to start, faster on a GPU.
   *
   * @default {false}
   */
  jit?: boolean;
  /**
   * What matrix products inside the function are computed in: `"bfloat16"` rounds their inputs
   * to 8 bits of mantissa and sums in float32.
   *
   * @default {"float32"}
   */
  precision?: Precision;
  /**
   * How many traces are kept; the one that was used longest ago makes room for a new one.
   *
   * @default {16}
   */
  traces?: number;
}

/** A traced function, ready to run. */
interface Compiled {
  /** Runs it over the tensors of the arguments. */
  run: (tensors: Tensor[]) => Tree;
  /** Forgets it and lets go of what it captured. */
  dispose: () => void;
}

const XLA_MUST_COMPILE = "_XlaMustCompile";
const TRUE = new Uint8Array([0x28, 0x01]); // AttrValue { b: true }
let functions = 0;

/**
 * Turns ordinary tfjs code into one TensorFlow function, as `tf.function` does in Python.
 *
 * The first call with new shapes runs the code once, with tensors that have no values; every
 * operation becomes a node of a graph. TensorFlow's graph executor, or XLA, then runs the whole
 * graph at each call: no JavaScript between operations, memory freed as soon as it is used up,
 * independent operations at the same time. Gradients, `tf.tidy` and `tf.customGrad` work inside.
 *
 * Tensors may come in any arrangement of arrays and records; numbers, strings and booleans among
 * the arguments are constants of the trace, and another value makes another trace. A tensor that
 * the code takes from outside is captured as it is at that moment.
 *
 * On an engine without functions (WASM, CPU) the code runs as it is, inside `tf.tidy`.
 *
 * @see {@link https://arxiv.org/abs/1903.01855 | Agrawal et al. (2019), TensorFlow Eager, section 4}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const double = compile(({ x }: { x: tf.Tensor }) => ({ y: tf.mul(x, 2) }));
 * deepEqual(double({ x: tf.tensor([1, 2]) }).y.arraySync(), [2, 4]);
 * ```
 *
 * @typeParam Arguments Types of the arguments.
 * @typeParam Result Type of the result.
 * @param fn The code. It must not read values of tensors, and must do the same at every call.
 * @param options How to run it.
 * @returns A function of the same signature. The caller owns the tensors that it returns; the
 * arguments are left alone.
 * @throws {RangeError} If no trace may be kept.
 * @throws {TypeError} At a call, if the code reads a tensor while it is traced, or if the shape of
 * a result depends on values.
 */
export function compile<Arguments extends Tree[], Result extends Tree>(
  fn: (...args: Arguments) => Result,
  options: CompileOptions = {},
): (...args: Arguments) => Result {
  const { jit = false, precision = "float32", traces = 16 } = options;
  if (!(traces >= 1)) {
    throw new RangeError(
      `Cannot compile as at least one trace must be kept: current number is ${traces}`,
    );
  }
  const cache = new Map<string, Compiled>();
  return (...args) => {
    const backend = nativeBackend();
    if (backend === undefined || backend.binding.trace !== undefined) {
      return withPrecision(
        precision,
        () => tf.tidy(() => fn(...args) as tf.TensorContainer) as Result,
      );
    }
    const { tensors, outline } = flatten(args);
    let compiled = cache.get(outline);
    if (compiled === undefined) {
      compiled = withPrecision(
        precision,
        () => trace(backend, fn, args, jit),
      );
    } else {
      cache.delete(outline); // put back below, as the newest
    }
    cache.set(outline, compiled);
    if (cache.size > traces) {
      const [oldest, { dispose }] = cache.entries().next().value!;
      cache.delete(oldest);
      dispose();
    }
    return compiled.run(tensors) as Result;
  };
}

/** Runs the code once with placeholders, and registers the graph that it leaves. */
function trace<Arguments extends Tree[]>(
  backend: NativeBackend,
  fn: (...args: Arguments) => Tree,
  args: Arguments,
  jit: boolean,
): Compiled {
  const { binding } = backend;
  const inputs = flatten(args).tensors;
  const ids = backend.getInputTensorIds(inputs); // brings values to the device that are not there yet
  const name = `cria_${functions++}`;
  const attributes = jit
    ? new Map([[XLA_MUST_COMPILE, TRUE]])
    : new Map<string, Uint8Array<ArrayBuffer>>();
  using graph = new Trace(openLibrary());
  let result: Tree;
  let count = 0;
  tf.engine().startScope(name);
  binding.trace = graph;
  try {
    const placeholders = ids.map((id, i) =>
      backend.createOutputTensor(
        binding.describe(
          graph.placeholder(inputs[i]!.shape, binding.dtype(id)),
        ),
      )
    );
    result = fn(...unflatten(args, placeholders));
    const outputs = backend.getInputTensorIds(flatten(result).tensors)
      .map((id) => binding.traced(id));
    count = outputs.length;
    graph.register(
      name,
      outputs.map((output) => graph.identity(output)),
      attributes,
    );
  } catch (error) {
    graph.release();
    throw error;
  } finally {
    binding.trace = undefined;
    tf.engine().endScope();
  }
  const captured = graph.captured.map(({ handle }) => binding.hold(handle));
  const flags = jit
    ? [{ name: XLA_MUST_COMPILE, type: ATTRIBUTE.bool, value: true }]
    : [];
  return {
    run(tensors) {
      const given = [...backend.getInputTensorIds(tensors), ...captured];
      const outputs = binding.executeOp(name, flags, given, count)
        .map((metadata) => backend.createOutputTensor(metadata));
      return unflatten(result, outputs); // `result` tells the places; its own tensors are gone
    },
    dispose() {
      for (const id of captured) binding.deleteTensor(id);
      binding.removeFunction(name);
    },
  };
}
