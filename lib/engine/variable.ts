import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { ATTRIBUTE, type Attribute } from "./attributes.ts";
import { isBfloat16 } from "./bfloat16.ts";
import { DTYPE } from "./native.ts";
import { type NativeBackend, nativeBackend } from "./tensorflow_backend.ts";
import { countVariableBytes } from "./variable_bytes.ts";

let variables = 0;

/**
 * A place in the device's memory for a float32 tensor that is updated where it is.
 *
 * What a training step changes is held in variables: the step then needs no second copy of the
 * weights and moments. On TensorFlow it is a resource variable, which a compiled function takes as
 * an argument and writes to; on other engines an update takes the old tensor's place.
 *
 * A tensor that was read stays as it was: while it is alive, an update goes to a copy.
 *
 * @see {@link https://www.tensorflow.org/api_docs/cc/group/resource-variable-ops | Resource variable operations}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const total = new Variable(tf.tensor([1, 2]));
 * const before = total.read();
 * total.assign(tf.add(before, 10));
 * deepEqual([before.arraySync(), total.read().arraySync()], [[1, 2], [11, 12]]);
 * total.dispose();
 * ```
 */
export class Variable {
  /** The size of every axis. */
  readonly shape: number[];
  /** On TensorFlow, the number by which the binding knows the resource. */
  readonly #resource: number | undefined;
  /** The values on another engine. */
  #value: Tensor | undefined;
  #disposed = false;

  /**
   * Constructs a new {@linkcode Variable}.
   *
   * @param value Its first values, float32; the caller keeps the tensor. Its memory is shared until
   * the first update.
   * @throws {TypeError} If the values are not float32, or if a function is being traced.
   */
  constructor(value: Tensor | { shape: number[]; resource: number }) {
    this.shape = [...value.shape];
    if ("resource" in value) {
      this.#resource = value.resource;
      return;
    }
    checkType(value, "make a variable");
    const backend = nativeBackend();
    if (backend === undefined) {
      this.#value = tf.keep(tf.clone(value));
      return;
    }
    this.#resource = create(backend, value);
    countVariableBytes(4 * this.size);
  }

  /** Number of its elements. */
  get size(): number {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /**
   * On TensorFlow, the number by which the binding knows the resource.
   *
   * @throws {TypeError} If it has been disposed, or is not TensorFlow's.
   */
  get resource(): number {
    this.#checkAlive();
    if (this.#resource === undefined) {
      throw new TypeError(
        `Cannot use a variable of shape [${this.shape}] as it must be TensorFlow's`,
      );
    }
    return this.#resource;
  }

  /** Refuses to go on with a variable that was disposed. */
  #checkAlive(): void {
    if (!this.#disposed) return;
    throw new TypeError(
      `Cannot use a variable of shape [${this.shape}] as it must be alive: it was disposed`,
    );
  }

  /**
   * Gives its values as they are now.
   *
   * @returns A tensor that later updates leave as it is, owned by the caller. It shares the
   * variable's memory until then.
   */
  read(): Tensor {
    this.#checkAlive();
    if (this.#value !== undefined) return tf.clone(this.#value);
    const { resource } = this;
    const backend = nativeBackend()!;
    return backend.createOutputTensor(
      backend.binding.readVariable(resource, this.shape, DTYPE.float),
    );
  }

  /**
   * Takes new values in.
   *
   * @param value Values of the same shape, float32; the caller keeps the tensor.
   * @throws {RangeError} If the shape is another.
   * @throws {TypeError} If the values are not float32, or the variable was disposed.
   */
  assign(value: Tensor): void {
    this.#checkAlive();
    checkType(value, "assign to a variable");
    if (value.shape.join() !== this.shape.join()) {
      throw new RangeError(
        `Cannot assign to a variable as its shape is [${this.shape}]: current value has [${value.shape}]`,
      );
    }
    if (this.#value !== undefined) {
      this.#value.dispose();
      this.#value = tf.keep(tf.clone(value));
      return;
    }
    this.update("AssignVariableOp", [
      { name: "dtype", type: ATTRIBUTE.type, value: DTYPE.float },
    ], [value]);
  }

  /**
   * Runs an operation of TensorFlow's that changes it, and maybe further variables, in place.
   *
   * @param operation Name of the operation; its first inputs are the variables.
   * @param attributes Its attributes.
   * @param inputs Its inputs behind the variables.
   * @param others The variables behind this one.
   */
  update(
    operation: string,
    attributes: Attribute[],
    inputs: readonly Tensor[],
    others: readonly Variable[] = [],
  ): void {
    const resources = [this, ...others].map(({ resource }) => resource);
    const backend = nativeBackend()!;
    backend.binding.updateVariables(operation, attributes, {
      resources,
      inputs: backend.getInputTensorIds([...inputs]),
    });
  }

  /** Frees the memory; tensors that were read stay alive. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    if (nativeBackend()?.binding.trace !== undefined) {
      throw new TypeError(
        "Cannot dispose a variable as no function may be traced meanwhile: dispose it outside",
      );
    }
    this.#disposed = true;
    this.#value?.dispose();
    if (this.#resource === undefined) return;
    const { binding } = nativeBackend()!;
    binding.executeOp(
      "DestroyResourceOp",
      [
        { name: "ignore_lookup_error", type: ATTRIBUTE.bool, value: true },
      ],
      [this.#resource],
      0,
    );
    binding.deleteTensor(this.#resource);
    countVariableBytes(-4 * this.size);
  }
}

/** Refuses values that are not float32. */
function checkType(value: Tensor, what: string): void {
  const type = isBfloat16(value) ? "bfloat16" : value.dtype;
  if (type === "float32") return;
  throw new TypeError(
    `Cannot ${what} as its values must be float32: current type is ${type}`,
  );
}

/** Makes a resource under a name of its own, and gives it its first values. */
function create(backend: NativeBackend, value: Tensor): number {
  const { binding } = backend;
  if (binding.trace !== undefined) {
    throw new TypeError(
      "Cannot make a variable as it must be there before a function is traced: make it outside, and pass it to the function",
    );
  }
  const dtype = { name: "dtype", type: ATTRIBUTE.type, value: DTYPE.float };
  const [made] = binding.executeOp(
    "VarHandleOp",
    [
      dtype,
      { name: "shape", type: ATTRIBUTE.shape, value: value.shape },
      { name: "container", type: ATTRIBUTE.string, value: "" },
      {
        name: "shared_name",
        type: ATTRIBUTE.string,
        value: `cria_variable_${variables++}`,
      },
    ],
    [],
    1,
  );
  const [id] = backend.getInputTensorIds([value]);
  binding.executeOp("AssignVariableOp", [dtype], [made!.id, id!], 0);
  return made!.id;
}
