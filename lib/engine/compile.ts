import * as tf from "@tensorflow/tfjs";
import { isTaped } from "./tape.ts";
import { nativeBackend } from "./tensorflow_backend.ts";
import { TracedFunction } from "./traced_function.ts";
import { difference, flatten, leaves, type Tree } from "./tree.ts";
import { type Precision, withPrecision } from "./precision.ts";

/** Options for {@linkcode compile}. */
export interface CompileOptions {
  /**
   * Whether XLA compiles the function: slower to start, faster on a GPU. Without a word it does so
   * on a GPU, and TensorFlow's graph executor runs the function on a CPU.
   */
  jit?: boolean;
  /**
   * What matrix products inside the function are computed in: `"bfloat16"` rounds their factors
   * and results to 8 bits of mantissa, and sums in float32.
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
  /**
   * Whether other shapes than those of the first call are an error, and not another trace: where
   * they can only be a mistake that costs a second each time.
   *
   * @default {false}
   */
  fixed?: boolean;
}

/**
 * Turns ordinary tfjs code into one TensorFlow function, as `tf.function` does in Python.
 *
 * The first call with new shapes runs the code once, with tensors that have no values; every
 * operation becomes a node of a graph. TensorFlow's graph executor, or XLA, then runs the whole
 * graph at each call: no JavaScript between operations, memory freed as soon as it is used up,
 * independent operations at the same time. Gradients, `tf.tidy` and `tf.customGrad` work inside;
 * inside of a gradient the code runs as it is.
 *
 * Tensors may come in any arrangement of arrays and records; numbers, strings and booleans among
 * the arguments are constants of the trace, and another value makes another trace. A tensor that
 * the code takes from outside is captured as it is at that moment. A variable is changed where it is;
 * it comes as one argument or from outside, not as both.
 *
 * On an engine without functions (WebGPU, WASM, CPU) the code runs as it is, inside `tf.tidy`.
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
 * @throws {RangeError} At a call with other shapes than the first, if they are fixed; it says which.
 * @throws {TypeError} At a call, if a variable is given twice, if the code reads a tensor while it is traced, or if the shape of
 * a result depends on values.
 */
export function compile<Arguments extends Tree[], Result extends Tree>(
  fn: (...args: Arguments) => Result,
  options: CompileOptions = {},
): (...args: Arguments) => Result {
  const { precision = "float32", traces = 16, fixed = false } = options;
  if (!(traces >= 1)) {
    throw new RangeError(
      `Cannot compile as at least one trace must be kept: current number is ${traces}`,
    );
  }
  const cache = new Map<string, TracedFunction>();
  let first: Map<string, string> | undefined;
  return (...args) => {
    const backend = nativeBackend();
    const trace = backend?.binding.trace;
    const jit = options.jit ?? backend?.binding.isUsingGpuDevice() ?? false;
    // Inside of another trace the code is a part of it, unless XLA is to have this part alone.
    const isPart = trace !== undefined && (!jit || trace.jit);
    // A function leaves no notes for a gradient around it, so there its code runs as it is.
    if (backend === undefined || isPart || isTaped()) {
      return withPrecision(
        precision,
        () => tf.tidy(() => fn(...args) as tf.TensorContainer) as Result,
      );
    }
    const { outline } = flatten(args);
    let traced = cache.get(outline);
    if (traced === undefined) {
      if (fixed && first !== undefined) {
        throw new RangeError(
          `Cannot run a compiled function with fixed shapes on others: argument ${
            difference(first, leaves(args))
          }`,
        );
      }
      traced = withPrecision(
        precision,
        () =>
          new TracedFunction(
            backend,
            (given) => fn(...given as Arguments),
            args,
            jit,
          ),
      );
      first ??= leaves(args);
    } else {
      cache.delete(outline); // put back below, as the newest
    }
    cache.set(outline, traced);
    if (cache.size > traces) {
      const [oldest, forgotten] = cache.entries().next().value!;
      cache.delete(oldest);
      forgotten.release();
    }
    return traced.run(args) as Result;
  };
}
