import { askCudaDriver, type CudaDriver } from "./cuda_driver.ts";
import { loadCuda, type LoadedCuda } from "./cuda_libraries.ts";
import type { Device } from "./devices.ts";

/** The GPUs that TensorFlow can use. */
export interface UsableGpus {
  /** The GPUs in TensorFlow's order. */
  readonly gpus: readonly Device[];
  /** Why those of the machine cannot be used, in one line, with what would mend it. */
  readonly problem?: string;
}

/** Options for {@linkcode usableGpus}. */
export interface UsableGpuOptions {
  /** Whether the library has kernels for GPUs at all. */
  builtForCuda: boolean;
  /** Whether they are only to be listed, as the processor was asked for: then CUDA is not loaded. */
  listOnly?: boolean;
  /** What the driver says; asked for if not given. */
  driver?: CudaDriver;
  /** The version of TensorFlow. */
  version: string;
  /** Loads CUDA's libraries for a TensorFlow from the folder of the wheels. */
  load?: (wheels: string, options: { tensorflow: string }) => LoadedCuda;
}

/**
 * Finds the GPUs on which TensorFlow would work, and says of others why it would not.
 *
 * @example A library for the processor on a machine with a GPU
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const gpu = { id: "gpu:0", type: "GPU", name: "NVIDIA X", memory: 8e9 } as const;
 * const driver = { gpus: [gpu], cuda: 12.8 };
 * const { problem } = usableGpus("/wheels", {
 *   builtForCuda: false,
 *   version: "2.21.0",
 *   driver,
 * });
 * match(problem ?? "", /^Cannot use the GPU \(NVIDIA X\) as TensorFlow must be built for CUDA/);
 * ```
 *
 * @param wheels The folder in which TensorFlow's wheel and CUDA's are unpacked.
 * @param options What the library can, and stand-ins for the machine in tests.
 * @returns The GPUs, or why there are none; neither on a machine without a GPU.
 */
export function usableGpus(
  wheels: string,
  options: UsableGpuOptions,
): UsableGpus {
  const {
    builtForCuda,
    version,
    listOnly = false,
    driver = askCudaDriver(),
    load = loadCuda,
  } = options;
  const { gpus, problem } = driver;
  if (problem !== undefined) return builtForCuda ? { gpus, problem } : { gpus };
  if (gpus.length === 0) return { gpus };
  const names = gpus.map(({ name }) => name).join(", ");
  const without = (law: string) => ({
    gpus: [],
    problem: `Cannot use the GPU (${names}) as ${law}`,
  });
  if (!builtForCuda) {
    return without(
      "TensorFlow must be built for CUDA: current library is for the processor only. Run `deno task setup`, or name another with LIBTENSORFLOW",
    );
  }
  if (listOnly) return { gpus };
  const loaded = load(wheels, { tensorflow: version });
  if (loaded.kind === "missing") return without(loaded.problem);
  return Math.floor(driver.cuda) < loaded.cuda
    ? without(
      `its driver must support CUDA ${loaded.cuda}: current driver supports ${driver.cuda}. Update NVIDIA's driver`,
    )
    : { gpus };
}

/** The library of the driver through which TensorFlow looks at GPUs before it uses one. */
const NVML = "libnvidia-ml.so.1";

/**
 * Says why TensorFlow does not list a GPU on which it was opened.
 *
 * Without a library of the driver that containers are given only on demand it passes over all GPUs
 * without a word (seen with 2.21); what else may keep it from one, only its own log tells.
 *
 * @example Where the driver's library is missing
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const gpu = { id: "gpu:0", type: "GPU", name: "NVIDIA X", memory: 8e9 } as const;
 * match(whyRefused(gpu, { nvml: "/no/such/file" }), /must load: .*NVIDIA_DRIVER_CAPABILITIES/);
 * ```
 *
 * @param gpu The GPU.
 * @param options Where the driver's library is, in tests.
 * @returns One line, with what would mend it.
 */
export function whyRefused(
  gpu: Device,
  options: { nvml?: string } = {},
): string {
  const { nvml = NVML } = options;
  try {
    Deno.dlopen(nvml, {}).close();
  } catch {
    return `Cannot use the GPU (${gpu.name}) as ${NVML} of its driver must load: it is not where the system looks for libraries. In a container, set NVIDIA_DRIVER_CAPABILITIES=compute,utility`;
  }
  return `Cannot use the GPU (${gpu.name}) as TensorFlow must accept it: current list of its devices has only the processor. Set TF_CPP_MIN_LOG_LEVEL=0 to see why`;
}
