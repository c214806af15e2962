import * as tf from "@tensorflow/tfjs";
import type { Device } from "./devices.ts";
import { watchDevice } from "./webgpu_errors.ts";
import { guardWebgpu, type WebgpuBackend } from "./webgpu_guard.ts";
import { repairWebgpu } from "./webgpu_repairs.ts";

/** Options for {@linkcode registerWebgpu}. */
export interface WebgpuOptions {
  /**
   * Whether a driver that computes on the processor will do. It is slower than WASM, and of use to
   * test with.
   *
   * @default {false}
   */
  software?: boolean;
}

let opened: Device | undefined;

/**
 * Opens the graphics card by WebGPU, and registers tfjs' backend for it.
 *
 * The card is asked for its largest buffers. What would be wrong without a word is an error: a tensor
 * that is larger than a buffer, an error of the device, a read that cannot wait.
 *
 * @see {@link https://www.w3.org/TR/webgpu/ | WebGPU}
 *
 * @param options Whether software will do.
 * @returns The device.
 * @throws {Error} If there is no graphics card that WebGPU can use.
 */
export async function registerWebgpu(
  options: WebgpuOptions = {},
): Promise<Device> {
  const { software = false } = options;
  if (opened !== undefined) return opened;
  const adapter = await navigator.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  if (!adapter) {
    throw new Error(
      "Cannot use WebGPU as there must be a graphics card with a driver: none was found",
    );
  }
  const name = nameOf(adapter.info);
  if (isSoftware(adapter.info) && !software) {
    throw new Error(
      `Cannot use WebGPU as it must run on a graphics card: ${name} computes on the processor, where WASM is faster`,
    );
  }
  const device = await adapter.requestDevice({
    requiredLimits: largest(adapter.limits),
  });
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const backend = new WebGPUBackend(device, adapter.info);
  const held = () => backend.memory().numBytesAllocatedInGPU;
  guardWebgpu(
    backend as unknown as WebgpuBackend,
    watchDevice(device, held),
  );
  repairWebgpu();
  if (tf.engine().registryFactory["webgpu"]) tf.removeBackend("webgpu"); // the package's own
  tf.registerBackend("webgpu", () => backend, 2);
  return opened = { id: "gpu:0", type: "GPU", name, memory: null };
}

/**
 * The graphics card that WebGPU has open.
 *
 * @returns The device; nothing if {@linkcode registerWebgpu} has not opened one.
 */
export function webgpuDevice(): Device | undefined {
  return opened;
}

/** What an adapter says of itself. */
export type AdapterInfo = Pick<
  GPUAdapterInfo,
  "vendor" | "architecture" | "description" | "isFallbackAdapter"
>;

/**
 * Tells a driver that computes on the processor from a graphics card.
 *
 * @example Mesa's driver
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(isSoftware({
 *   vendor: "65541",
 *   architecture: "",
 *   description: "llvmpipe (LLVM 15.0.6, 256 bits)",
 *   isFallbackAdapter: false,
 * }));
 * ```
 *
 * @param info What the adapter says of itself.
 * @returns Whether it is software.
 */
export function isSoftware(info: AdapterInfo): boolean {
  const known = /llvmpipe|lavapipe|softpipe|swiftshader|basic render|\bwarp\b/i;
  return info.isFallbackAdapter || known.test(nameOf(info));
}

/** A name for people; drivers leave out one part or the other. */
function nameOf({ vendor, architecture, description }: AdapterInfo): string {
  return description || `${vendor} ${architecture}`.trim() || "the adapter";
}

/** The limits that decide how large a tensor may be, and how kernels are cut. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** As much as the adapter has to give; without asking, a device has the least of all devices. */
function largest(limits: GPUSupportedLimits): Record<string, number> {
  return Object.fromEntries(LIMITS.map((name) => [name, limits[name]!]));
}
