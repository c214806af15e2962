import * as tf from "@tensorflow/tfjs";
import { createRequire } from "node:module";
import type { Tensor } from "../core/tensor.ts";
import type { Attribute } from "./attributes.ts";
import { Binding, type TensorMetadata } from "./binding.ts";
import { openLibrary } from "./library.ts";
import { repairTensorflow } from "./repairs.ts";

/** The name under which tfjs-node registers its kernels. */
export const TENSORFLOW = "tensorflow";

/** What we call of tfjs-node's `NodeJSKernelBackend`. */
export interface NativeBackend {
  /** Our native half. */
  readonly binding: Binding;
  /** Numbers of tensors, their values brought to the device where they were not yet. */
  getInputTensorIds(tensors: Tensor[]): number[];
  /** Makes a tfjs tensor of a native one. */
  createOutputTensor(metadata: TensorMetadata): Tensor;
  /** Runs one operation with one output. */
  executeSingleOutput(
    name: string,
    attributes: Attribute[],
    inputs: Tensor[],
  ): Tensor;
  /** Runs one operation with several outputs. */
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: Tensor[],
    count: number,
  ): Tensor[];
}

const require = createRequire(import.meta.url);

/**
 * Registers tfjs-node-gpu's kernels and its backend over our own binding, once a process.
 *
 * Only the package's JavaScript is loaded: neither its addon nor the library that its install
 * script would fetch.
 *
 * @throws {Error} If libtensorflow cannot be opened; see {@linkcode openLibrary}.
 */
export function registerTensorflow(): void {
  if (tf.engine().registryFactory[TENSORFLOW] !== undefined) return;
  const binding = new Binding(openLibrary());
  restoreNodeUtil();
  require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  const { NodeJSKernelBackend } = require(
    "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js",
  );
  const backend = new NodeJSKernelBackend(
    binding,
    "@tensorflow/tfjs-node-gpu",
  );
  repairTensorflow(backend);
  tf.registerBackend(TENSORFLOW, () => backend, 3);
}

/**
 * Gives Node's `util` back two functions that tfjs-node still calls; Node 23 took them out.
 */
function restoreNodeUtil(): void {
  const util = require("node:util");
  util.isNullOrUndefined ??= (value: unknown) => value == null;
  util.isArray ??= Array.isArray;
}

/**
 * The TensorFlow backend, if tfjs is using it now.
 *
 * @returns The backend, or `undefined` on another engine.
 */
export function nativeBackend(): NativeBackend | undefined {
  return tf.getBackend() === TENSORFLOW
    ? tf.backend() as unknown as NativeBackend
    : undefined;
}
