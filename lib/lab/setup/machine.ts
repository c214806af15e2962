import { statfs } from "node:fs/promises";
import { exists } from "./exists.ts";
import type { Machine } from "./target.ts";

const DRIVER_FILES = [
  "/proc/driver/nvidia/version",
  "/usr/lib/wsl/lib/libcuda.so.1",
  "/usr/lib/x86_64-linux-gnu/libcuda.so.1",
  "/usr/lib64/libcuda.so.1",
  "/usr/local/nvidia/lib64/libcuda.so.1",
];

/**
 * Looks at this machine.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal((await lookAtMachine(".")).os, Deno.build.os);
 * ```
 *
 * @param folder A folder on the disk whose free space counts.
 * @returns What the choice of a library depends on.
 */
export async function lookAtMachine(folder: string): Promise<Machine> {
  const { os, arch } = Deno.build;
  const drivers = await Promise.all(DRIVER_FILES.map(exists));
  return {
    os,
    arch,
    musl: await exists("/etc/alpine-release") ||
      await exists(`/lib/ld-musl-${arch}.so.1`) && !(await hasGlibc()),
    avx: arch !== "x86_64" || await hasAvx(),
    nvidia: drivers.some((found) => found),
    freeGigabytes: await freeGigabytes(folder),
  };
}

/**
 * Measures free space.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(await freeGigabytes(".") > 0);
 * ```
 *
 * @param folder A folder on the disk in question.
 * @returns Billions of bytes that this user may fill; infinity where the system does not tell.
 */
export async function freeGigabytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Number(bavail) * Number(bsize) / 1e9;
  } catch {
    return Infinity;
  }
}

async function hasGlibc(): Promise<boolean> {
  const loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
  return (await Promise.all(loaders.map(exists))).some((found) => found);
}

async function hasAvx(): Promise<boolean> {
  try {
    return / avx /.test(await Deno.readTextFile("/proc/cpuinfo"));
  } catch {
    return true; // Not Linux: another rule decides.
  }
}
