import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { contextConfig } from "../../lib/engine/context_config.ts";
import { askCudaDriver } from "../../lib/engine/cuda_driver.ts";
import { loadCuda } from "../../lib/engine/cuda_libraries.ts";
import {
  chooseDevice,
  cpuDevice,
  type Device,
  deviceId,
} from "../../lib/engine/devices.ts";
import { isBuiltForCuda } from "../../lib/engine/built_for_cuda.ts";
import { usableGpus, whyRefused } from "../../lib/engine/gpus.ts";
import { openLibrary } from "../../lib/engine/library.ts";
import { explainPrecision } from "../../lib/engine/preferred_precision.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { NATIVE } from "./native.ts";
import { opened } from "./opened.ts";
import { CAN_LOAD, sharedObject } from "./shared_object.ts";

const CPU: Device = { id: "cpu", type: "CPU", name: "a chip", memory: null };
const GPUS: Device[] = ["A", "B"].map((name, i) => ({
  id: `gpu:${i}`,
  type: "GPU",
  name: `NVIDIA ${name}`,
  memory: 80e9,
  computeCapability: "9.0",
}));

Deno.test("chooseDevice() takes the first GPU unless another device is named", () => {
  const all = [CPU, ...GPUS];
  const cases: [string | undefined, string][] = [
    [undefined, "gpu:0"],
    ["", "gpu:0"],
    ["gpu", "gpu:0"],
    ["GPU:1", "gpu:1"],
    [" cpu ", "cpu"],
    ["CPU:0", "cpu"],
  ];
  for (const [wanted, id] of cases) equal(chooseDevice(all, wanted).id, id);
  equal(chooseDevice([CPU]).id, "cpu");
  equal(deviceId("gpu:01") === "gpu:1", false);
});

Deno.test("chooseDevice() refuses a device that is not there, and lists what is", () => {
  for (const wanted of ["gpu:2", "tpu", "gpu:", "1"]) {
    throws(() => chooseDevice([CPU, ...GPUS], wanted), {
      name: "RangeError",
      message:
        `Cannot compute on the device as its name (CRIA_DEVICE) must be one of cpu (a chip), gpu:0 (NVIDIA A), gpu:1 (NVIDIA B): current value is "${wanted}"`,
    });
  }
});

Deno.test("cpuDevice() tells the processor's name where Linux does, and its memory", () => {
  match(
    cpuDevice({ processor: "model name\t: Abacus 9\n" }).name,
    /^Abacus 9, /,
  );
  match(cpuDevice({ processor: "" }).name, /^(x86_64|aarch64), \d+ cores?$/);
  ok(cpuDevice().memory! > 1e8);
});

/** The fields of a protobuf message: numbers, and bytes of the rest. */
function fields(bytes: Uint8Array): [number, number | Uint8Array][] {
  const found: [number, number | Uint8Array][] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++]!;
    const value = bytes[at++]!;
    ok(tag < 0x80 && value < 0x80 && [0, 2].includes(tag & 7));
    if ((tag & 7) === 0) found.push([tag >> 3, value]);
    else found.push([tag >> 3, bytes.subarray(at, at += value)]);
  }
  return found;
}

const text = (bytes: unknown) => new TextDecoder().decode(bytes as Uint8Array);

Deno.test("contextConfig() shows TensorFlow one GPU only, and lets its memory grow", () => {
  const config = fields(contextConfig({ ...GPUS[1]!, id: "gpu:13" }));
  deepEqual(config.map(([field]) => field), [6]);
  const options = fields(config[0]![1] as Uint8Array);
  deepEqual(options[0], [4, 1]);
  equal(options[1]![0], 5);
  equal(text(options[1]![1]), "13");
  equal(options.length, 2);
});

Deno.test("contextConfig() hides all GPUs for the processor", () => {
  const config = fields(contextConfig(CPU));
  deepEqual(config.map(([field]) => field), [1, 6]);
  const [name, count] = fields(config[0]![1] as Uint8Array);
  deepEqual([name![0], text(name![1]), count], [1, "GPU", [2, 0]]);
  deepEqual(fields(config[1]![1] as Uint8Array), [[4, 1]]);
});

/** Opens a context of its own with a configuration; gives the types of its devices, or the error. */
function devicesWith(config: Uint8Array<ArrayBuffer>): string[] | string {
  const { symbols } = openLibrary();
  const status = symbols.TF_NewStatus();
  const options = symbols.TFE_NewContextOptions();
  const size = BigInt(config.length);
  symbols.TFE_ContextOptionsSetConfig(options, config, size, status);
  const read = Deno.UnsafePointerView.getCString;
  const error = read(symbols.TF_Message(status)!);
  if (error !== "") return error;
  const context = symbols.TFE_NewContext(options, status);
  const list = symbols.TFE_ContextListDevices(context, status);
  return Array.from(
    { length: symbols.TF_DeviceListCount(list) },
    (_, i) => read(symbols.TF_DeviceListType(list, i, status)!),
  );
}

Deno.test({
  name: "contextConfig() is read by TensorFlow as it is meant",
  ignore: !NATIVE,
  fn() {
    deepEqual(devicesWith(contextConfig(CPU)), ["CPU"]);
    const twoProcessors = contextConfig(CPU); // the same field, about the device that is here
    twoProcessors.set([0x43, 0x50, 0x55, 0x10, 2], 4); // "CPU": 2
    deepEqual(devicesWith(twoProcessors), ["CPU", "CPU"]);
    equal(typeof devicesWith(contextConfig(CPU).subarray(0, 5)), "string");
  },
});

Deno.test({
  name:
    "openEngine() puts operations and compiled functions on the device that CRIA_DEVICE names",
  ignore: !NATIVE,
  async fn() {
    const report = await opened({ CRIA_DEVICE: "CPU" });
    deepEqual([report.sum, report.twice], [3, [2, 4]]);
    equal(report.places.length, 2);
    for (const place of report.places) match(place, /\/device:CPU:0$/);
    const chosen = report.devices.filter((device: { chosen: boolean }) =>
      device.chosen
    );
    equal(chosen.length, 1);
    equal(chosen[0].id, "cpu");
    match(report.device, /^CPU, \d+ cores/);
  },
});

Deno.test("openEngine() refuses a device that no engine has, and lists what there is", async () => {
  for (const engine of ["", "wasm"]) {
    const { error } = await opened({
      CRIA_DEVICE: "gpu:99",
      CRIA_ENGINE: engine,
    });
    match(
      error,
      /^RangeError: .*must be one of cpu \(.+\): current value is "gpu:99"/,
    );
  }
});

Deno.test({
  name: "openLibrary() keeps its device, and says so to whoever wants another",
  ignore: !NATIVE,
  fn() {
    const library = openLibrary();
    const { id } = library.machine.find(({ chosen }) => chosen)!;
    equal(openLibrary({ device: id }), library);
    throws(
      () => openLibrary({ device: "gpu:42" }),
      /^RangeError: Cannot compute on "gpu:42" as a process keeps .*: current device is .*Restart the kernel/,
    );
  },
});

/** A library that gives a list of kernels, and keeps note of what is deleted. */
function withKernels(list: Uint8Array<ArrayBuffer>) {
  const data = Deno.UnsafePointer.value(Deno.UnsafePointer.of(list));
  const buffer = new BigUint64Array([data, BigInt(list.length), 0n]);
  const deleted: string[] = [];
  const symbols = {
    "TF_NewStatus": () => null,
    "TF_DeleteStatus": () => void deleted.push("status"),
    "TF_GetRegisteredKernelsForOp": () => Deno.UnsafePointer.of(buffer),
    "TF_DeleteBuffer": () => void deleted.push("buffer"),
  };
  return { symbols, deleted };
}

Deno.test("isBuiltForCuda() looks for a kernel for GPUs, and not for the word", () => {
  const cases: [string, boolean][] = [
    ["\x0a\x0d\x0a\x06MatMul\x12\x03GPU", true],
    ["\x0a\x0d\x0a\x06MatMul\x12\x03CPU", false],
    ["\x0a\x11\x0a\x06MatMul\x12\x07XLA_GPU", false],
    ["", false],
  ];
  for (const [list, expected] of cases) {
    const { symbols, deleted } = withKernels(new TextEncoder().encode(list));
    equal(isBuiltForCuda(symbols), expected);
    deepEqual(deleted, ["status", "buffer"]);
  }
});

Deno.test({
  name:
    "isBuiltForCuda() is true of the library from set-up where set-up brought CUDA",
  ignore: !NATIVE || Deno.env.get("LIBTENSORFLOW") !== undefined,
  fn() {
    const { path, symbols } = openLibrary();
    equal(
      isBuiltForCuda(symbols),
      existsSync(join(path, "..", "..", "nvidia")),
    );
  },
});

const LOADED = { kind: "loaded", cuda: 12 } as const;
const BUILT = { builtForCuda: true, version: "2.21.0", load: () => LOADED };

Deno.test("usableGpus() gives the GPUs only if the library, its CUDA and the driver fit", () => {
  const driver = { gpus: GPUS, cuda: 12.8 };
  deepEqual(usableGpus("/w", { ...BUILT, driver }), { gpus: GPUS });
  const cases: [Parameters<typeof usableGpus>[1], RegExp][] = [
    [{ ...BUILT, driver, builtForCuda: false }, /must be built for CUDA/],
    [
      { ...BUILT, driver: { gpus: GPUS, cuda: 11.8 } },
      /must support CUDA 12: current driver supports 11\.8\. Update/,
    ],
    [
      {
        ...BUILT,
        driver,
        load: () => ({ kind: "missing", problem: "x must load: y" }),
      },
      /as x must load: y$/,
    ],
  ];
  for (const [options, why] of cases) {
    const { gpus, problem } = usableGpus("/w", options);
    deepEqual(gpus, []);
    match(problem!, /^Cannot use the GPU \(NVIDIA A, NVIDIA B\) as /);
    match(problem!, why);
    equal(problem!.includes("\n"), false);
  }
});

Deno.test("usableGpus() loads no CUDA where there is no GPU, or it is only to be listed", () => {
  const load = () => {
    throw new Error("must not be called");
  };
  const none = { gpus: [], cuda: 0 };
  deepEqual(
    usableGpus("/w", { ...BUILT, load, driver: none }),
    { gpus: [] },
  );
  const driver = { gpus: GPUS, cuda: 12.8 };
  deepEqual(usableGpus("/w", { ...BUILT, load, driver, listOnly: true }), {
    gpus: GPUS,
  });
  const broken = { ...none, problem: "the driver is broken" };
  deepEqual(usableGpus("/w", { ...BUILT, load, driver: broken }), {
    gpus: [],
    problem: "the driver is broken",
  });
  deepEqual(
    usableGpus("/w", { ...BUILT, builtForCuda: false, driver: broken }),
    { gpus: [] },
  );
});

Deno.test({
  name: "whyRefused() tells a missing library of the driver from other reasons",
  ignore: !CAN_LOAD,
  async fn() {
    await using folder = await temporaryFolder();
    const nvml = join(folder.path, "libnvidia-ml.so.1");
    match(
      whyRefused(GPUS[0]!, { nvml }),
      /as libnvidia-ml\.so\.1 .* must load/,
    );
    await Deno.writeFile(nvml, sharedObject());
    match(
      whyRefused(GPUS[0]!, { nvml }),
      /^Cannot use the GPU \(NVIDIA A\) as TensorFlow must accept it/,
    );
  },
});

/** A loader that finds the given files, and keeps note of what it was asked for. */
function loader(there: (path: string) => boolean) {
  const asked: string[] = [];
  const load = (path: string) => {
    asked.push(path);
    if (!there(path)) throw new Error(`Could not open library: ${path}: gone`);
  };
  return { asked, load };
}

const CUDA_12 = [
  "cuda_runtime/lib/libcudart.so.12",
  "cublas/lib/libcublasLt.so.12",
  "cublas/lib/libcublas.so.12",
  "cufft/lib/libcufft.so.11",
  "cusparse/lib/libcusparse.so.12",
  "cusolver/lib/libcusolver.so.11",
  "cudnn/lib/libcudnn.so.9",
];

Deno.test("loadCuda() takes every library from the wheels' place, and only there if they are there", () => {
  const { asked, load } = loader((path) => path.startsWith("/wheels/"));
  deepEqual(loadCuda("/wheels", { tensorflow: "2.21.0", load }), LOADED);
  deepEqual(asked, CUDA_12.map((file) => `/wheels/nvidia/${file}`));
});

Deno.test("loadCuda() takes from the system what the wheels lack", () => {
  const { asked, load } = loader((path) => !path.startsWith("/"));
  deepEqual(loadCuda("/wheels", { tensorflow: "2.21.0", load }), LOADED);
  deepEqual(
    asked.filter((path) => !path.startsWith("/")),
    CUDA_12.map((file) => file.slice(file.lastIndexOf("/") + 1)),
  );
});

Deno.test("loadCuda() names the first library that is missing, where it looked, and the cure", () => {
  for (const file of CUDA_12) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    const { load } = loader((path) => !path.endsWith(name));
    const folder = `/wheels/nvidia/${file.slice(0, file.lastIndexOf("/"))}`;
    deepEqual(loadCuda("/wheels", { tensorflow: "2.21.0", load }), {
      kind: "missing",
      problem:
        `${name} must load: it is neither in ${folder} nor where the system looks for libraries. Run \`deno task setup\`, or add its folder to LD_LIBRARY_PATH`,
    });
  }
});

Deno.test("loadCuda() asks for the CUDA and the cuDNN that the version of TensorFlow was built for", () => {
  const system = (path: string) => !path.startsWith("/");
  const cudnn8 = loader(system);
  loadCuda("/wheels", { tensorflow: "2.17.1", load: cudnn8.load });
  equal(cudnn8.asked.at(-1), "libcudnn.so.8");
  const no13 = loader((path) => system(path) && path !== "libcudart.so.13");
  deepEqual(loadCuda("/w", { tensorflow: "2.30.0", load: no13.load }), LOADED);
  const newer = loader(system);
  deepEqual(loadCuda("/w", { tensorflow: "2.30.0", load: newer.load }), {
    kind: "loaded",
    cuda: 13,
  });
  const now = loader(system);
  loadCuda("/w", { tensorflow: "2.21.0", load: now.load });
  equal(now.asked.includes("libcudart.so.13"), false);
});

Deno.test({
  name:
    "loadCuda() says what is wrong with a library that is there, and does not load half of one",
  ignore: !CAN_LOAD,
  async fn() {
    await using folder = await temporaryFolder();
    const lib = join(folder.path, "nvidia", "cuda_runtime", "lib");
    await Deno.mkdir(lib, { recursive: true });
    const path = join(lib, "libcudart.so.12");
    await Deno.writeFile(path, sharedObject().subarray(0, 70_000));
    const loaded = loadCuda(folder.path, { tensorflow: "2.21.0" });
    equal(loaded.kind, "missing");
    match(
      loaded.kind === "missing" ? loaded.problem : "",
      /^libcudart\.so\.12 must load: the one in .*cuda_runtime.lib does not \(Cannot load .* must have all of its .*\)\. Delete that folder/,
    );
  },
});

/** A driver with two GPUs, in the code of x86_64; the arguments come in rdi, rsi and rdx. */
const DRIVER = {
  cuInit: [0x31, 0xc0, 0xc3], // return 0
  cuDriverGetVersion: [0xc7, 0x07, 0x30, 0x2f, 0, 0, 0x31, 0xc0, 0xc3], // *rdi = 12080
  cuDeviceGetCount: [0xc7, 0x07, 2, 0, 0, 0, 0x31, 0xc0, 0xc3], // *rdi = 2
  cuDeviceGet: [0x89, 0x37, 0x31, 0xc0, 0xc3], // *rdi = rsi
  // deno-fmt-ignore
  cuDeviceGetName: [0x8d, 0x42, 0x41, 0x88, 0x07, 0xc6, 0x47, 1, 0, 0x31, 0xc0, 0xc3], // "A" + rdx
  // deno-fmt-ignore
  "cuDeviceTotalMem_v2": [0x8d, 0x46, 0x01, 0x48, 0xc1, 0xe0, 0x20, 0x48, 0x89, 0x07, 0x31, 0xc0, 0xc3], // (rsi + 1) << 32
  cuDeviceGetAttribute: [0x8d, 0x46, 0xbd, 0x89, 0x07, 0x31, 0xc0, 0xc3], // rsi - 67: 8 and 9
};

const CAN_DRIVE = CAN_LOAD && Deno.build.arch === "x86_64";

/** Writes a driver's library into a folder. */
async function writeDriver(folder: string, codes = DRIVER) {
  const path = join(folder, "libcuda.so.1");
  await Deno.writeFile(path, sharedObject({ codes }));
  return path;
}

Deno.test({
  name:
    "askCudaDriver() lists the GPUs with names, memory and compute capability",
  ignore: !CAN_DRIVE,
  sanitizeResources: false, // the driver stays open, for TensorFlow
  async fn() {
    await using folder = await temporaryFolder();
    const path = await writeDriver(folder.path);
    const gpu = { type: "GPU", computeCapability: "8.9" };
    deepEqual(askCudaDriver({ places: ["/no/such/libcuda.so.1", path] }), {
      gpus: [
        { ...gpu, id: "gpu:0", name: "A", memory: 2 ** 32 },
        { ...gpu, id: "gpu:1", name: "B", memory: 2 ** 33 },
      ],
      cuda: 12.8,
    });
  },
});

Deno.test({
  name:
    "askCudaDriver() tells a driver that does not start from a machine without a GPU",
  ignore: !CAN_DRIVE,
  sanitizeResources: false,
  async fn() {
    for (const code of [100, 3]) { // mov eax, code; ret
      await using folder = await temporaryFolder();
      const path = await writeDriver(folder.path, {
        ...DRIVER,
        cuInit: [0xb8, code, 0, 0, 0, 0xc3],
      });
      const { gpus, problem } = askCudaDriver({ places: [path] });
      deepEqual(gpus, []);
      if (code === 100) equal(problem, undefined);
      else match(problem!, /current answer of cuInit is error 3\./);
    }
  },
});

Deno.test("askCudaDriver() misses the driver only on a machine that has a GPU", () => {
  const places = ["/no/such/libcuda.so.1"];
  deepEqual(askCudaDriver({ places, signs: ["/no/such/sign"] }), {
    gpus: [],
    cuda: 0,
  });
  match(
    askCudaDriver({ places, signs: [Deno.execPath()] }).problem!,
    /^Cannot use the GPU as the library of its driver must load: \/no\/such\/libcuda\.so\.1 /,
  );
});

Deno.test({
  name:
    "openEngine() goes on with the processor, and says which GPUs are not used and why",
  ignore: !NATIVE || !CAN_DRIVE || isBuiltForCuda(openLibrary().symbols), // which would call the driver
  async fn() {
    await using folder = await temporaryFolder();
    await writeDriver(folder.path);
    const hidden = { LD_LIBRARY_PATH: folder.path, CRIA_ENGINE: "tensorflow" };
    const report = await opened(hidden);
    deepEqual([report.engine, report.sum, report.stderr], [
      "tensorflow",
      3,
      "",
    ]);
    deepEqual(report.devices.map(({ id }: Device) => id), ["cpu"]);
    equal(report.problems.length, 1);
    match(
      report.problems[0],
      /^tensorflow: Cannot use the GPU \(A, B\) as .*(built for CUDA|must load)/,
    );
    const { error } = await opened({ ...hidden, CRIA_DEVICE: "gpu" });
    match(
      error,
      /^RangeError: .* must be one of cpu \(.*Cannot use the GPU \(A, B\) as /,
    );
  },
});

Deno.test("explainPrecision() prefers bfloat16 where it is multiplied in hardware, and says where", () => {
  const cases: [Device, string, string, RegExp][] = [
    [CPU, "flags : avx avx512_bf16 fma", "bfloat16", /has avx512_bf16$/],
    [CPU, "flags : avx amx_bf16", "bfloat16", /has amx_bf16$/],
    [CPU, "Features : fp asimd bf16", "bfloat16", /has bf16$/],
    [CPU, "flags : avx avx512_bf16x", "float32", /no instructions/],
    [CPU, "", "float32", /no instructions/],
    [GPUS[0]!, "", "bfloat16", /^NVIDIA A has compute capability 9\.0$/],
    [
      { ...GPUS[0]!, computeCapability: "12.0" },
      "",
      "bfloat16",
      /capability 12\.0$/,
    ],
    [
      { ...GPUS[0]!, computeCapability: "7.5" },
      "flags : avx512_bf16",
      "float32",
      /7\.5, and bfloat16 needs 8\.0$/,
    ],
  ];
  for (const [device, processor, precision, reason] of cases) {
    const found = explainPrecision({ device, processor });
    equal(found.precision, precision);
    match(found.reason, reason);
  }
});
