import { totalMemory } from "./available_memory.ts";

/** Something that computes: the processor, or one graphics card. */
export interface Device {
  /** What it is chosen by: `"cpu"`, `"gpu:0"`, `"gpu:1"`. */
  readonly id: string;
  /** Its kind. */
  readonly type: "CPU" | "GPU";
  /** What its maker calls it. */
  readonly name: string;
  /** Its memory in bytes, all of it; `null` where that is not known. */
  readonly memory: number | null;
  /** What an NVIDIA GPU can do, as CUDA counts it, such as `"9.0"`; absent on others. */
  readonly computeCapability?: string;
}

/** A device, and whether the engine computes on it. */
export interface ListedDevice extends Device {
  /** Whether the engine computes on it. */
  readonly chosen: boolean;
}

/**
 * Takes a device out of those that there are.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const cpu: Device = { id: "cpu", type: "CPU", name: "a processor", memory: null };
 * const gpu: Device = { id: "gpu:0", type: "GPU", name: "a card", memory: null };
 * equal(chooseDevice([cpu, gpu], "CPU"), cpu);
 * equal(chooseDevice([cpu, gpu], "gpu"), gpu);
 * equal(chooseDevice([cpu, gpu]), gpu);
 * ```
 *
 * @param devices What there is.
 * @param wanted Its name; `"gpu"` is short for `"gpu:0"`. Without a name, or with an empty one, the
 * first GPU is taken, or the processor where there is none.
 * @returns The device.
 * @throws {RangeError} If there is no device of that name, with a list of what there is.
 */
export function chooseDevice(
  devices: readonly Device[],
  wanted: string = "",
): Device {
  const id = deviceId(wanted);
  const found = id === ""
    ? devices.find(({ type }) => type === "GPU") ?? devices[0]
    : devices.find((device) => device.id === id);
  if (found === undefined) throw noSuchDevice(devices, wanted);
  return found;
}

/**
 * Brings the name of a device into the form that {@linkcode Device} has.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(deviceId(" GPU"), "gpu:0");
 * equal(deviceId("CPU"), "cpu");
 * ```
 *
 * @param name The name as somebody wrote it.
 * @returns The name in lower case, with the number that `"gpu"` and `"cpu:0"` leave open.
 */
export function deviceId(name: string): string {
  const id = name.trim().toLowerCase();
  if (id === "gpu") return "gpu:0";
  return id === "cpu:0" ? "cpu" : id;
}

/**
 * Makes the error for a device that is not there.
 *
 * @param devices What there is.
 * @param wanted The name that was given.
 * @returns The error, with a list of what there is.
 */
export function noSuchDevice(
  devices: readonly Device[],
  wanted: string,
): RangeError {
  const list = devices.map(({ id, name }) => `${id} (${name})`).join(", ");
  return new RangeError(
    `Cannot compute on the device as its name (CRIA_DEVICE) must be one of ${list}: current value is "${wanted}"`,
  );
}

/**
 * Describes the processor.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(cpuDevice({ processor: "model name\t: Abacus 9" }).name, /^Abacus 9, \d+ core/);
 * ```
 *
 * @param options What the processor says of itself, if not what Linux tells.
 * @returns The device.
 */
export function cpuDevice(options: { processor?: string } = {}): Device {
  const { processor = readProcessor() } = options;
  const model = /^model name\s*:\s*(.+)$/m.exec(processor)?.[1]?.trim();
  const cores = navigator.hardwareConcurrency;
  return {
    id: "cpu",
    type: "CPU",
    name: `${model ?? Deno.build.arch}, ${cores} core${cores === 1 ? "" : "s"}`,
    memory: totalMemory(),
  };
}

/**
 * Reads what Linux tells of the processor.
 *
 * @returns The text of `/proc/cpuinfo`; nothing on other systems.
 */
export function readProcessor(): string {
  try {
    return Deno.readTextFileSync("/proc/cpuinfo");
  } catch {
    return "";
  }
}
