// deno-lint-ignore-file no-console -- a program, whose output is read by webgpu_backend_test.ts
/**
 * Tries WebGPU on this machine, and prints what came of it as JSON.
 *
 * It is a process of its own, because a graphics driver may bring down the process that it is in.
 *
 * @module
 */
import "@tensorflow/tfjs-backend-webgpu";
import * as tf from "@tensorflow/tfjs";
import { type EngineReport, openEngine } from "../../lib/engine/engine.ts";
import { selfTest } from "../../lib/engine/self_test.ts";
import { isSoftware, registerWebgpu } from "../../lib/engine/webgpu_backend.ts";

/** What is printed, if there is an adapter. */
export interface Trial {
  /** The adapter's name for itself. */
  name: string;
  /** Whether it computes on the processor. */
  software: boolean;
  /** What openEngine() reports. */
  report: EngineReport;
  /** The backend that tfjs uses. */
  backend: string;
  /** How large a buffer may be and how many a kernel may have: on the device, and the adapter's most. */
  limits: { device: number[]; adapter: number[] };
  /** The losses of selfTest(). */
  losses: number[];
  /** The first elements of `[2, 2, …]`, and what a read at once throws. */
  read: { values: number[]; atOnce: string };
  /** The size of a tensor that no buffer holds, what it throws, and a sum that is computed then. */
  large: { size: number; thrown: string; sum: number };
  /** The first element of 1 + 2 + … + n for the numbers n, the last of which take many buffers. */
  sums: { n: number; sum: number }[];
  /** Tensors that are left. */
  tensors: number;
  /** What openEngine() throws if the processor is asked for. */
  onProcessor: string;
}

function limitsOf(limits: GPUSupportedLimits): number[] {
  return [
    limits.maxBufferSize!,
    limits.maxStorageBufferBindingSize!,
    limits.maxStorageBuffersPerShaderStage!,
  ];
}

/** What a program throws. */
async function thrownBy(work: () => unknown): Promise<string> {
  try {
    await work();
    return "nothing";
  } catch (error) {
    return String(error);
  }
}

async function tryWebgpu(adapter: GPUAdapter): Promise<Trial> {
  // A driver that computes on the processor takes 8 s to compile the kernel for large matrices.
  tf.env().set("WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL", 1e6);
  const report = await openEngine({ engine: "webgpu", device: "gpu" });
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  const before = tf.memory().numTensors;
  const losses = await selfTest();
  const x = tf.tidy(() => tf.add(tf.fill([3000], 1), 1));
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const size = Math.min(maxBufferSize!, maxStorageBufferBindingSize!) / 4 + 1;
  const atOnce = await thrownBy(() => x.dataSync());
  const thrown = await thrownBy(() => tf.fill([size], 1));
  const total = tf.sum(x);
  const sum = (await total.data())[0]!;
  const values = [...(await x.data()).slice(0, 2)];
  tf.dispose([x, total]);
  const sums = [];
  for (const n of [1, 2, 15, 16, 17, 100]) {
    const all = tf.tidy(() =>
      tf.addN(Array.from({ length: n }, (_, i) => tf.fill([3000], i + 1)))
    );
    sums.push({ n, sum: (await all.data())[0]! });
    all.dispose();
  }
  return {
    name: adapter.info.description,
    software: isSoftware(adapter.info),
    report,
    backend: tf.getBackend(),
    limits: {
      device: limitsOf(device.limits),
      adapter: limitsOf(adapter.limits),
    },
    losses,
    read: { values, atOnce },
    large: { size, thrown, sum },
    sums,
    tensors: tf.memory().numTensors - before,
    onProcessor: await thrownBy(() =>
      openEngine({ engine: "webgpu", device: "cpu" })
    ),
  };
}

/** What is thrown after the device had an error: by a read, and by two operations. */
async function tryFault(fault: string): Promise<string[]> {
  await registerWebgpu({ software: true });
  await tf.setBackend("webgpu");
  const x = tf.fill([3000], 1);
  const y = tf.add(x, 2);
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  if (fault === "destroyed") device.destroy();
  else device.createBuffer({ size: 4, usage: 0 }); // which throws nothing
  return [
    await thrownBy(() => y.data()),
    await thrownBy(() => tf.add(x, 3)),
    await thrownBy(() => tf.add(x, 3)),
  ];
}

if (import.meta.main) {
  const adapter = await navigator.gpu?.requestAdapter();
  const [fault] = Deno.args;
  const result = !adapter
    ? null
    : fault === undefined
    ? await tryWebgpu(adapter)
    : await tryFault(fault);
  console.log(JSON.stringify(result));
}
