import { type Device, readProcessor } from "./devices.ts";
import { chosenDevice, openLibrary } from "./library.ts";
import type { Precision } from "./precision.ts";
import { nativeBackend } from "./tensorflow_backend.ts";

/** A precision, and why it is the best on a machine. */
export interface ExplainedPrecision {
  /** The precision. */
  readonly precision: Precision;
  /** The reason in words. */
  readonly reason: string;
}

/** Options for {@linkcode preferredPrecision} and {@linkcode explainPrecision}. */
export interface PrecisionOptions {
  /** What the processor says of itself, if not what Linux tells. */
  processor?: string;
  /** The device on which TensorFlow computes, if not the one that is open. */
  device?: Device;
}

/**
 * The precision in which matrix products are fastest on the engine that is open: bfloat16 where the
 * processor or the GPU multiplies it in hardware, and float32 elsewhere.
 *
 * On a processor without such instructions bfloat16 is put together from float32, and slower.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(preferredPrecision({ processor: "flags : sse avx" }), "float32");
 * ```
 *
 * @param options What the machine is, in tests.
 * @returns The precision.
 */
export function preferredPrecision(options: PrecisionOptions = {}): Precision {
  return explainPrecision(options).precision;
}

/**
 * Says which precision is fastest on the engine that is open, and why.
 *
 * @example On a GPU of 2018, which is too old for bfloat16
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const device = {
 *   id: "gpu:0",
 *   type: "GPU",
 *   name: "NVIDIA T4",
 *   memory: 16e9,
 *   computeCapability: "7.5",
 * } as const;
 * deepEqual(explainPrecision({ device }), {
 *   precision: "float32",
 *   reason: "NVIDIA T4 has compute capability 7.5, and bfloat16 needs 8.0",
 * });
 * ```
 *
 * @param options What the machine is, in tests.
 * @returns The precision and the reason.
 */
export function explainPrecision(
  options: PrecisionOptions = {},
): ExplainedPrecision {
  const { device = nativeDevice(), processor = readProcessor() } = options;
  if (device === undefined) {
    return {
      precision: "float32",
      reason: "only TensorFlow's library computes in bfloat16",
    };
  }
  return device.type === "GPU" ? onGpu(device) : onCpu(processor);
}

/** The device of the native library, if tfjs uses that. */
function nativeDevice(): Device | undefined {
  return nativeBackend() === undefined
    ? undefined
    : chosenDevice(openLibrary());
}

const AMPERE = 8; // the first generation that multiplies bfloat16

function onGpu({ name, computeCapability }: Device): ExplainedPrecision {
  if (computeCapability === undefined) {
    return { precision: "bfloat16", reason: `${name} is a GPU` };
  }
  const has = `${name} has compute capability ${computeCapability}`;
  return Number.parseInt(computeCapability) >= AMPERE
    ? { precision: "bfloat16", reason: has }
    : { precision: "float32", reason: `${has}, and bfloat16 needs 8.0` };
}

function onCpu(processor: string): ExplainedPrecision {
  const flag = /\b(avx512_bf16|amx_bf16|bf16)\b/.exec(processor)?.[1];
  return flag === undefined
    ? {
      precision: "float32",
      reason:
        "the processor tells of no instructions for bfloat16 (avx512_bf16, amx_bf16, bf16)",
    }
    : { precision: "bfloat16", reason: `the processor has ${flag}` };
}
