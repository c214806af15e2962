import type { Device } from "./devices.ts";

/**
 * Writes the ConfigProto with which TensorFlow's context is opened on one device.
 *
 * A process has one context for life, and the device is chosen there: with `visible_device_list`
 * TensorFlow sees one GPU only, as its first, and with a `device_count` of no GPUs it never opens
 * the driver. Eager operations, graph functions and XLA then all use that device as their default,
 * which naming a device with each operation would not do for what a function holds. Memory of a GPU
 * is taken as it is needed, since others may work on it.
 *
 * @see {@link https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/protobuf/config.proto | config.proto}
 *
 * @example On the processor
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const cpu = { id: "cpu", type: "CPU", name: "any", memory: null } as const;
 * const deviceCount = [0x0a, 0x07, 0x0a, 0x03, 0x47, 0x50, 0x55, 0x10, 0x00]; // GPU: 0
 * const gpuOptions = [0x32, 0x02, 0x20, 0x01]; // allow_growth
 * deepEqual([...contextConfig(cpu)], [...deviceCount, ...gpuOptions]);
 * ```
 *
 * @param device The device that is to compute.
 * @returns The serialized message.
 */
export function contextConfig(device: Device): Uint8Array<ArrayBuffer> {
  const ordinal = /^gpu:(\d+)$/.exec(device.id)?.[1];
  const growth = [...tag(ALLOW_GROWTH, VARINT), 1];
  return new Uint8Array(
    ordinal === undefined
      ? [
        ...field(DEVICE_COUNT, mapEntry("GPU", 0)),
        ...field(GPU_OPTIONS, growth),
      ]
      : field(GPU_OPTIONS, [...growth, ...text(VISIBLE_DEVICE_LIST, ordinal)]),
  );
}

const DEVICE_COUNT = 1; // ConfigProto.device_count, a map of names to numbers
const GPU_OPTIONS = 6; // ConfigProto.gpu_options
const ALLOW_GROWTH = 4; // GPUOptions.allow_growth
const VISIBLE_DEVICE_LIST = 5; // GPUOptions.visible_device_list

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** What stands before a field; every number here is below 16, so it is one byte. */
function tag(number: number, kind: number): number[] {
  return [number << 3 | kind];
}

/** A field with a message or a text in it, which here is always shorter than 128 bytes. */
function field(number: number, content: readonly number[]): number[] {
  return [...tag(number, LENGTH_DELIMITED), content.length, ...content];
}

/** A field with a text in it. */
function text(number: number, value: string): number[] {
  return field(number, [...new TextEncoder().encode(value)]);
}

/** An entry of a map: the key is field 1, the value field 2. */
function mapEntry(key: string, value: number): number[] {
  return [...text(1, key), ...tag(2, VARINT), value];
}
