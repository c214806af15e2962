import * as tf from "@tensorflow/tfjs";

/** What we use of tfjs' `WebGPUBackend`. */
interface Backend {
  /** The device that it computes on. */
  readonly device: {
    /** How many buffers a kernel may have. */
    readonly limits: Pick<
      GPUSupportedLimits,
      "maxStorageBuffersPerShaderStage"
    >;
  };
  /** Lets a tensor go. */
  disposeData(dataId: object): boolean;
}

/**
 * Mends kernels of tfjs-backend-webgpu 4.22; each repair says why.
 */
export function repairWebgpu(): void {
  repairAddN();
}

/**
 * The kernel takes a buffer for every summand, and a device allows few of them, often 8. With more it
 * is not run, and the sum is what was in memory before. So many are added up in groups.
 */
function repairAddN(): void {
  const config = tf.getKernel("AddN", "webgpu");
  tf.unregisterKernel("AddN", "webgpu");
  tf.registerKernel({
    ...config,
    kernelFunc: (call) => {
      const backend = call.backend as unknown as Backend;
      const most = backend.device.limits.maxStorageBuffersPerShaderStage! - 1; // one is the sum's
      const add = (summands: tf.TensorInfo[]) =>
        config.kernelFunc({
          ...call,
          inputs: summands as unknown as tf.NamedTensorInfoMap,
        }) as tf.TensorInfo;
      const [first, ...rest] = groupsOf(
        call.inputs as unknown as tf.TensorInfo[],
        most,
      );
      return rest.reduce((sum, group) => {
        const next = add([sum, ...group]);
        backend.disposeData(sum.dataId);
        return next;
      }, add(first!));
    },
  });
}

/** Parts of a list: the first as long as can be, the others shorter by one. */
function groupsOf<Item>(list: readonly Item[], most: number): Item[][] {
  const groups = [list.slice(0, most)];
  for (let i = most; i < list.length; i += most - 1) {
    groups.push(list.slice(i, i + most - 1));
  }
  return groups;
}
