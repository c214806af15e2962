import type * as tf from "@tensorflow/tfjs";
import { tooLarge } from "./budget.ts";
import type { DeviceErrors } from "./webgpu_errors.ts";

/** What we use of tfjs' `WebGPUBackend`. */
export interface WebgpuBackend {
  /** The device that it computes on. */
  readonly device: {
    /** How large its buffers may be. */
    readonly limits: Pick<
      GPUSupportedLimits,
      "maxBufferSize" | "maxStorageBufferBindingSize"
    >;
  };
  /** The tensors that it knows. */
  readonly tensorMap: {
    /** One of them; its values are there if they are in main memory. */
    get(dataId: object): {
      readonly shape: readonly number[];
      readonly dtype: tf.DataType;
      readonly values?: tf.BackendValues | null;
      readonly resource?: object | null;
    };
  };
  /** Gives a tensor a buffer on the device, and brings it its values if it has any. */
  uploadToGPU(dataId: object): void;
  /** Lets a tensor go. */
  disposeData(dataId: object, force: boolean): boolean;
  /** Runs a kernel. */
  runWebGPUProgram(...values: unknown[]): tf.TensorInfo;
  /** Brings the values of a tensor to main memory. */
  read(dataId: object): Promise<tf.BackendValues>;
  /** The same, at once. */
  readSync(dataId: object): tf.BackendValues;
}

/**
 * Puts checks before what a WebGPU backend does, where it would be wrong without a word.
 *
 * @param backend The backend; it is changed.
 * @param errors What has been heard of its device.
 */
export function guardWebgpu(
  backend: WebgpuBackend,
  errors: DeviceErrors,
): void {
  const { uploadToGPU, runWebGPUProgram, read, readSync } = backend;
  const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits;
  const limit = Math.min(maxBufferSize!, maxStorageBufferBindingSize!);
  backend.uploadToGPU = (dataId) => {
    const { shape, dtype, values, resource } = backend.tensorMap.get(dataId);
    const bytes = byteLength(shape, dtype);
    if (!resource && bytes > limit) {
      if (!values) backend.disposeData(dataId, true); // a result, which nobody will get
      throw tooLarge(bytes, { shape, limit });
    }
    uploadToGPU.call(backend, dataId);
  };
  backend.runWebGPUProgram = (...values) => {
    errors.check();
    return runWebGPUProgram.apply(backend, values);
  };
  backend.read = async (dataId) => {
    errors.check();
    const values = await read.call(backend, dataId).catch(async (error) => {
      await errors.settle(); // what made the read fail is told apart from it, and later
      errors.check();
      throw error;
    });
    errors.check();
    return values;
  };
  backend.readSync = (dataId) => {
    const { values, resource } = backend.tensorMap.get(dataId);
    if (values || !resource) return readSync.call(backend, dataId);
    throw new TypeError(
      "Cannot read a tensor at once on WebGPU as its values are on the device: use await x.data() or await x.array()",
    );
  };
}

/** The bytes of a tensor on the device, where whatever is not complex takes 32 bits. */
function byteLength(shape: readonly number[], dtype: tf.DataType): number {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return size * (dtype === "complex64" ? 8 : 4);
}
