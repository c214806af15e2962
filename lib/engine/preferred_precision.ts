import { nativeBackend } from "./tensorflow_backend.ts";
import type { Precision } from "./precision.ts";

/**
 * The precision in which matrix products are fastest on the engine that is open: bfloat16 where the
 * processor multiplies it in hardware, or on a GPU, and float32 elsewhere.
 *
 * On a CPU without such instructions bfloat16 is put together from float32, and slower.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(preferredPrecision({ processor: "flags : sse avx" }), "float32");
 * ```
 *
 * @param options What the processor says of itself, if not what Linux tells.
 * @returns The precision.
 */
export function preferredPrecision(
  options: { processor?: string } = {},
): Precision {
  const backend = nativeBackend();
  if (backend === undefined) return "float32";
  if (backend.binding.isUsingGpuDevice()) return "bfloat16";
  const { processor = readProcessor() } = options;
  return /\b(avx512_bf16|amx_bf16|bf16)\b/.test(processor)
    ? "bfloat16"
    : "float32";
}

/** What Linux tells of the processor; nothing elsewhere. */
function readProcessor(): string {
  try {
    return Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return "";
  }
}
