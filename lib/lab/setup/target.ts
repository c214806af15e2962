import { LIBRARIES_FREE_GB, type Target } from "./pins.ts";

/** What has to be known of a machine to choose its libtensorflow. */
export interface Machine {
  /** The operating system, in Deno's words. */
  readonly os: string;
  /** The processor's architecture, in Deno's words. */
  readonly arch: string;
  /** Whether the C library is musl, as on Alpine Linux. */
  readonly musl: boolean;
  /** Whether the processor has AVX, without which TensorFlow's wheel stops the process. */
  readonly avx: boolean;
  /** Whether there is a driver of NVIDIA's. */
  readonly nvidia: boolean;
  /** Free disk space, in billions of bytes. */
  readonly freeGigabytes: number;
}

/** A libtensorflow for a machine, or why there is none. */
export type Choice =
  | { kind: "library"; target: Target; problem?: string }
  | { kind: "none"; problem: string };

/**
 * Chooses the libtensorflow for a machine.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const laptop = { os: "linux", arch: "x86_64", musl: false, avx: true, nvidia: false, freeGigabytes: 20 };
 * deepEqual(chooseTarget(laptop), { kind: "library", target: "cpu-x86_64" });
 * ```
 *
 * @param machine What the machine is like.
 * @returns The kind of library, with a problem if a better one was left out.
 */
export function chooseTarget(machine: Machine): Choice {
  const { os, arch, musl, avx, nvidia, freeGigabytes } = machine;
  if (os !== "linux") {
    return none("the operating system must be Linux", os);
  }
  if (arch !== "x86_64" && arch !== "aarch64") {
    return none("the processor must be x86_64 or aarch64", arch);
  }
  if (musl) return none("the C library must be glibc", "musl");
  if (arch === "aarch64") return { kind: "library", target: "cpu-aarch64" };
  if (!avx) return none("the processor must have AVX", "no AVX");
  if (!nvidia) return { kind: "library", target: "cpu-x86_64" };
  const needed = LIBRARIES_FREE_GB["cuda-x86_64"];
  if (freeGigabytes >= needed) {
    return { kind: "library", target: "cuda-x86_64" };
  }
  return {
    kind: "library",
    target: "cpu-x86_64",
    problem:
      `Cannot install TensorFlow for the GPU as ${needed} GB of disk must be free: current value is ` +
      `${
        freeGigabytes.toFixed(1)
      } GB. The CPU's library is used instead. Free some space and run \`deno task setup\` again.`,
  };
}

function none(law: string, value: string): Choice {
  return {
    kind: "none",
    problem:
      `Cannot install TensorFlow as ${law}: current value is ${value}. ` +
      "The course runs on the WASM engine instead, more slowly.",
  };
}
