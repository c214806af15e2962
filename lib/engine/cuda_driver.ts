import type { Device } from "./devices.ts";

/** What NVIDIA's driver tells of its GPUs. */
export interface CudaDriver {
  /** The GPUs in the driver's order, which is TensorFlow's too. */
  readonly gpus: readonly Device[];
  /** The newest CUDA that the driver can run, such as `12.8`; `0` without a driver. */
  readonly cuda: number;
  /** Why there are none, on a machine that should have some. */
  readonly problem?: string;
}

/** The functions of the driver's library that are called here. */
const CUDA = {
  cuInit: { parameters: ["u32"], result: "i32" },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDeviceTotalMem_v2: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetAttribute: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

type Functions = Deno.DynamicLibrary<typeof CUDA>["symbols"];

/** Where the library is besides the system's own search path: WSL's place, and Kubernetes'. */
const PLACES = [
  "libcuda.so.1",
  "/usr/lib/wsl/lib/libcuda.so.1",
  "/usr/local/nvidia/lib64/libcuda.so.1",
];

const NO_DEVICE = 100; // CUDA_ERROR_NO_DEVICE
const MAJOR = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
const MINOR = 76; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR
const NAME_BYTES = 256;

/**
 * Lists the NVIDIA GPUs of this machine, by asking their driver.
 *
 * TensorFlow's C API has no names of GPUs, and a context that was opened for one of them does not
 * list the others. The driver's own library has both, numbers the GPUs as TensorFlow does, obeys
 * `CUDA_VISIBLE_DEVICES` like it, and is there wherever a GPU works, without CUDA's libraries.
 *
 * The library stays open: if it was found where the system does not look, TensorFlow finds it then.
 *
 * @see {@link https://docs.nvidia.com/cuda/cuda-driver-api/group__CUDA__DEVICE.html | Device management}
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(askCudaDriver().gpus.every(({ type }) => type === "GPU"));
 * ```
 *
 * @param options Where the library may be, and which files show that the machine has a GPU, in tests.
 * @returns The GPUs; none, without a problem, on a machine that has none.
 */
export function askCudaDriver(
  options: { places?: readonly string[]; signs?: readonly string[] } = {},
): CudaDriver {
  const { places = PLACES, signs = SIGNS } = options;
  const driver = openDriver(places);
  if (driver !== undefined) return readDriver(driver);
  return signs.some(isThere)
    ? {
      ...NONE,
      problem: `Cannot use the GPU as the library of its driver must load: ${
        places[0]
      } is not where the system looks for libraries. Install NVIDIA's driver, or start the container with its GPUs (\`--gpus all\`)`,
    }
    : NONE;
}

const NONE: CudaDriver = { gpus: [], cuda: 0 };

/** Files that only a machine with a GPU of NVIDIA's has. */
const SIGNS = ["/proc/driver/nvidia/version", "/dev/nvidia0"];

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Opens the first of the files that is the driver's library. */
function openDriver(places: readonly string[]): Functions | undefined {
  for (const place of places) {
    try {
      return Deno.dlopen(place, CUDA).symbols;
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Asks an open driver. */
function readDriver(driver: Functions): CudaDriver {
  const code = driver.cuInit(0);
  if (code === NO_DEVICE) return NONE;
  if (code !== 0) {
    return {
      ...NONE,
      problem:
        `Cannot use the GPU as its driver must start: current answer of cuInit is error ${code}. See what \`nvidia-smi\` says; after an update of the driver, restart the machine`,
    };
  }
  const version = number((out) => driver.cuDriverGetVersion(out));
  const count = number((out) => driver.cuDeviceGetCount(out));
  return {
    gpus: Array.from({ length: count }, (_, i) => readGpu(driver, i)),
    cuda: Math.floor(version / 1000) + version % 1000 / 100, // 12080 is 12.8
  };
}

/** Asks for one GPU. */
function readGpu(driver: Functions, ordinal: number): Device {
  const device = number((out) => driver.cuDeviceGet(out, ordinal));
  const name = new Uint8Array(NAME_BYTES);
  driver.cuDeviceGetName(name, NAME_BYTES, device);
  const memory = new BigUint64Array(1);
  driver.cuDeviceTotalMem_v2(memory, device);
  const [major, minor] = [MAJOR, MINOR].map((attribute) =>
    number((out) => driver.cuDeviceGetAttribute(out, attribute, device))
  );
  return {
    id: `gpu:${ordinal}`,
    type: "GPU",
    name: new TextDecoder().decode(name.subarray(0, name.indexOf(0))),
    memory: Number(memory[0]),
    computeCapability: `${major}.${minor}`,
  };
}

/** Calls a function that writes one number. */
function number(call: (out: Int32Array<ArrayBuffer>) => number): number {
  const out = new Int32Array(1);
  call(out);
  return out[0]!;
}
