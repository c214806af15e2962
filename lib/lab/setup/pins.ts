import { sha256 } from "../../core/hash.ts";

/** The file with the exact version of every Python package. */
export const REQUIREMENTS: URL = new URL("./requirements.txt", import.meta.url);

/** One wheel of which parts are needed. */
export interface Wheel {
  /** The package and its version, as pip takes them. */
  readonly requirement: string;
  /** The wheel's hash. */
  readonly sha256: string;
  /** Its size to download, in millions of bytes. */
  readonly megabytes: number;
  /** The tag of its platform. */
  readonly platform: string;
  /** Which files to take, with `*` for any run of characters. */
  readonly parts: readonly string[];
}

/** The kinds of machine for which there is a libtensorflow. */
export type Target = "cpu-x86_64" | "cpu-aarch64" | "cuda-x86_64";

/** The two libraries; the first needs the second, so the second is unpacked first. */
const PARTS = [
  "tensorflow/libtensorflow_framework.so.2",
  "tensorflow/libtensorflow_cc.so.2",
];

/** Libraries, and the assembler and the device code with which XLA compiles. */
const CUDA_PARTS = [
  "nvidia/*/lib/*.so*",
  "nvidia/cuda_nvcc/bin/*",
  "nvidia/cuda_nvcc/nvvm/libdevice/*",
];

/** Package, version, platform, millions of bytes, hash. */
// deno-fmt-ignore
const CUDA: [string, string, string, number, string][] = [
  ["nvidia-cublas-cu12", "12.9.3.13", "manylinux_2_27_x86_64", 581, "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72"],
  ["nvidia-cuda-cupti-cu12", "12.9.79", "manylinux_2_25_x86_64", 10, "096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f"],
  ["nvidia-cuda-nvcc-cu12", "12.9.86", "manylinux2010_x86_64", 41, "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0"],
  ["nvidia-cuda-nvrtc-cu12", "12.9.86", "manylinux2010_x86_64", 90, "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4"],
  ["nvidia-cuda-runtime-cu12", "12.9.79", "manylinux2014_x86_64", 3, "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3"],
  ["nvidia-cudnn-cu12", "9.28.0.42", "manylinux_2_27_x86_64", 717, "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375"],
  ["nvidia-cufft-cu12", "11.4.1.4", "manylinux2014_x86_64", 201, "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28"],
  ["nvidia-curand-cu12", "10.3.10.19", "manylinux_2_27_x86_64", 68, "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e"],
  ["nvidia-cusolver-cu12", "11.7.5.82", "manylinux_2_27_x86_64", 338, "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88"],
  ["nvidia-cusparse-cu12", "12.5.10.65", "manylinux2014_x86_64", 366, "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78"],
  ["nvidia-nccl-cu12", "2.32.3", "manylinux_2_27_x86_64", 352, "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c"],
  ["nvidia-nvjitlink-cu12", "12.9.86", "manylinux2010_x86_64", 40, "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9"],
];

const CUDA_WHEELS: Wheel[] = CUDA.map(
  ([name, version, platform, megabytes, sha256]) => ({
    requirement: `${name}==${version}`,
    sha256,
    megabytes,
    platform,
    parts: CUDA_PARTS,
  }),
);

/**
 * The wheels for each kind of machine, pinned by version and by hash.
 *
 * They are for CPython 3.12 whatever Python is there, as the two libraries do not depend on it.
 * The CUDA wheels are those that the extra `and-cuda` of TensorFlow's wheel lists.
 */
export const WHEELS: Readonly<Record<Target, readonly Wheel[]>> = {
  "cpu-x86_64": [{
    requirement: "tensorflow-cpu==2.21.0",
    sha256: "dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb",
    megabytes: 274,
    platform: "manylinux_2_27_x86_64",
    parts: PARTS,
  }],
  "cpu-aarch64": [{
    requirement: "tensorflow==2.21.0",
    sha256: "b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552",
    megabytes: 282,
    platform: "manylinux_2_27_aarch64",
    parts: PARTS,
  }],
  "cuda-x86_64": [
    {
      requirement: "tensorflow==2.21.0",
      sha256:
        "b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0",
      megabytes: 573,
      platform: "manylinux_2_27_x86_64",
      parts: PARTS,
    },
    ...CUDA_WHEELS,
  ],
};

/** Free disk space that each kind needs while it is installed, in billions of bytes. */
export const LIBRARIES_FREE_GB: Readonly<Record<Target, number>> = {
  "cpu-x86_64": 1.2, // 0.27 to download, 0.85 unpacked
  "cpu-aarch64": 1.2,
  "cuda-x86_64": 9, // wheels are deleted one by one as they are unpacked
};

/** Free disk space that JupyterLab needs while it is installed, in billions of bytes. */
export const PACKAGES_FREE_GB = 0.3;

/**
 * Names everything that is pinned for a machine by one hash, so that a change of pins is noticed.
 *
 * @example Usage
 * ```ts
 * import { notEqual } from "node:assert/strict";
 *
 * notEqual(libraryPin("cpu-x86_64"), libraryPin("cuda-x86_64"));
 * ```
 *
 * @param target The kind of machine.
 * @returns The hash of its wheels.
 */
export function libraryPin(target: Target): string {
  return sha256(JSON.stringify(WHEELS[target]));
}

/**
 * Names the pinned Python packages by one hash.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(await packagesPin(), /^[0-9a-f]{64}$/);
 * ```
 *
 * @returns The hash of `requirements.txt`.
 */
export async function packagesPin(): Promise<string> {
  return sha256(await Deno.readTextFile(REQUIREMENTS));
}
