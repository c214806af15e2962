import * as tf from "@tensorflow/tfjs";
import { availableMemory } from "./available_memory.ts";
import type { Device } from "./devices.ts";
import { variableBytes } from "./variable_bytes.ts";

export * from "./available_memory.ts";

/**
 * Counts the bytes of all tensors that tfjs holds, on whatever device they are, and of variables.
 *
 * What the library has besides, such as the workspace of a step that runs, is not in it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const before = heldBytes();
 * const x = tf.zeros([8, 8]);
 * equal(heldBytes() - before, 256);
 * x.dispose();
 * ```
 *
 * @returns Bytes.
 */
export function heldBytes(): number {
  return tf.engine().state.numBytes + variableBytes();
}

/**
 * Counts the tensors of the native library that are held: as many as tfjs' own, and those that only
 * compiled functions know.
 *
 * @example Usage
 * ```ts
 * import { ok } from "node:assert/strict";
 *
 * ok(heldHandles() >= 0);
 * ```
 *
 * @returns Their number; that of tfjs' tensors on engines without native ones.
 */
export function heldHandles(): number {
  const engine = tf.engine();
  if (!engine.backendName) return engine.state.numTensors; // asking for a backend would open one
  const backend = engine.backend as { getNumOfTFTensors?: () => number };
  return backend.getNumOfTFTensors?.() ?? engine.state.numTensors;
}

/** From how many bytes on it is worth to look at the system's memory, which takes 0.1 ms. */
const LOOK_FROM = 2 ** 26;

/**
 * Refuses to take more main memory than there is, before the system ends the process for it.
 *
 * The operating system grants memory that it does not have, and ends the process when it is written.
 *
 * @example More than any machine has
 * ```ts
 * import { throws } from "node:assert/strict";
 *
 * throws(() => checkBudget(2 ** 60, "make a tensor"), /^RangeError: Cannot make a tensor as memory must suffice/);
 * checkBudget(4, "make a tensor");
 * ```
 *
 * @param bytes How much is to be taken.
 * @param what What it is for, to follow "Cannot".
 * @throws {RangeError} If it is more than is available, with what is held and what to lower.
 */
export function checkBudget(bytes: number, what: string): void {
  if (bytes < LOOK_FROM) return;
  const free = availableMemory();
  if (bytes <= free) return;
  throw tooMuch(what, {
    asked: inWords(bytes),
    room: `${inWords(free)} are free`,
  });
}

/** Options for {@linkcode outOfMemory}. */
export interface OutOfMemoryOptions {
  /** What was being done, to follow "Cannot". */
  what: string;
  /** The device that the library computes on, if it is known. */
  device?: Device | undefined;
}

/**
 * Turns TensorFlow's message that memory is exhausted into an error that says what to do about it.
 *
 * @example On a GPU
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const device = { id: "gpu:0", type: "GPU", name: "NVIDIA X", memory: 80e9 } as const;
 * const { message } = outOfMemory(
 *   "OOM when allocating tensor with shape[1024,1024] and type float on /device:GPU:0",
 *   { what: "run MatMul", device },
 * );
 * match(message, /^Cannot run MatMul as memory must suffice: asked for are 4\.2 MB for a tensor of shape \[1024,1024\]/);
 * match(message, /all of NVIDIA X is 80\.0 GB/);
 * ```
 *
 * @param message The message of the status `RESOURCE_EXHAUSTED`.
 * @param options What was being done, and where.
 * @returns The error: how much was asked, what is held, what is free, and what to lower.
 */
export function outOfMemory(
  message: string,
  options: OutOfMemoryOptions,
): RangeError {
  const { what, device } = options;
  const asked = readRequest(message);
  if (device?.type !== "GPU") {
    return tooMuch(what, {
      asked,
      room: `${inWords(availableMemory())} are free`,
    });
  }
  const all = device.memory === null ? "not known" : inWords(device.memory);
  return tooMuch(what, { asked, room: `all of ${device.name} is ${all}` });
}

/** Writes the error. */
function tooMuch(
  what: string,
  { asked, room }: { asked: string; room: string },
): RangeError {
  const held = `${inWords(heldBytes())} in ${heldHandles()} tensors`;
  return new RangeError(
    `Cannot ${what} as memory must suffice: asked for are ${asked}, held are ${held}, ${room}. Lower the rows of a batch (rows) or their tokens (width), keep fewer activations (gradient checkpointing), train fewer weights (LoRA), or take a smaller model`,
  );
}

/** Bytes of an element, by TensorFlow's name for its type. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  half: 2,
  bfloat16: 2,
  float: 4,
  int32: 4,
  double: 8,
  int64: 8,
  complex64: 8,
};

/** How much TensorFlow's kernels, or XLA, wanted. */
function readRequest(message: string): string {
  const tensor = /shape\s?\[([\d,]*)\] and type (\w+)/.exec(message);
  if (tensor !== null) {
    const [, shape = "", type = ""] = tensor;
    const elements = shape === ""
      ? 1
      : shape.split(",").reduce((product, size) => product * Number(size), 1);
    const bytes = elements * (ELEMENT_BYTES[type] ?? 1);
    return `${
      inWords(bytes)
    } for a tensor of shape [${shape}] and type ${type}`;
  }
  const xla = /allocate (\d+) bytes/.exec(message)?.[1];
  if (xla !== undefined) return inWords(Number(xla));
  return /allocate ([\d.]+ ?[KMGT]i?B)/.exec(message)?.[1] ??
    `more than there is (${message.split("\n")[0]})`;
}

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];

/** A size for people to read. */
function inWords(bytes: number): string {
  const unit = bytes < 1000
    ? 0
    : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`;
}
