// deno-lint-ignore-file no-console -- a process that answers on standard output
/**
 * Takes training steps when it is told to, in a process of its own as each peer does: what
 * `torch_step.py` does, and in the same lines.
 *
 * usage: deno run -A cria_step.ts CONFIG OPTIONS, both in JSON
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";
import { seededRandom } from "../../../lib/core/random.ts";
import { openEngine } from "../../../lib/engine/engine.ts";
import { type LlamaConfig, weightShapes } from "../../../lib/model/config.ts";
import { packBatches } from "../../../lib/tokens/pack.ts";
import { batchTensors } from "../../../lib/train/loss.ts";
import {
  initialState,
  type StepOptions,
  trainStep,
} from "../../../lib/train/step.ts";
import { TextLineStream } from "../../../lib/lab/course/line_stream.ts";
import type { CriaOptions } from "./cria.ts";

const config: LlamaConfig = JSON.parse(Deno.args[0]!);
const { rows = 4, width = 256, ...settings }: CriaOptions = JSON.parse(
  Deno.args[1]!,
);
const runtime = memory("VmRSS"); // Deno with all modules; the library comes with the engine
const { libraryVersion } = await openEngine({ engine: "tensorflow" });
const weights = randomWeights(config);
const state = initialState(weights);
tf.dispose(weights);
const options: StepOptions = { ...settings, weightDecay: 0.01 };
const step = trainStep(config, options);
const batch = batchTensors(fullBatch());
console.log(JSON.stringify({ version: libraryVersion }));

let steps = 0;
let earlier = 0;
const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const command of lines) {
  if (command === "quit") break;
  const answer = command === "step" ? await learn() : {
    runtime,
    process: Math.max(earlier, memory("VmHWM") ?? 0),
    steps: memory("VmHWM"),
    device: null,
  };
  console.log(JSON.stringify(answer));
}

/** Takes one step. */
async function learn(): Promise<{ loss: number; seconds: number }> {
  const start = performance.now();
  const at = { count: tf.scalar(++steps), learningRate: tf.scalar(1e-4) };
  const result = step(state, batch, at);
  const loss = (await result.loss.data())[0]!;
  tf.dispose([at, result]);
  if (steps === 1) {
    earlier = memory("VmHWM") ?? 0;
    forgetPeak();
  }
  return { loss, seconds: (performance.now() - start) / 1000 };
}

/** Rows that are each full of one task, every token but the first a label. */
function fullBatch() {
  const random = seededRandom(1);
  const tasks = Array.from({ length: rows }, () => ({
    ids: Int32Array.from(
      { length: width },
      () => Math.floor(random() * config.vocab_size),
    ),
    promptLength: 1,
  }));
  return packBatches(tasks, { rows, width, multiple: 1 })[0]!;
}

/** Weights drawn from a normal distribution; norms are ones. */
function randomWeights(config: LlamaConfig): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...weightShapes(config)].map(([name, shape], i) => [
      name,
      shape.length === 1
        ? tf.ones(shape)
        : tf.randomNormal(shape, 0, 0.02, "float32", i + 1), // 0 is no seed
    ]),
  );
}

/** A count of this process's memory, in bytes; `null` where the system does not tell. */
function memory(key: "VmRSS" | "VmHWM"): number | null {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(new RegExp(`${key}:\\s*(\\d+) kB`).exec(status)![1]) * 1024;
  } catch {
    return null;
  }
}

/** Starts the count of the most that was resident anew, where the system lets us. */
function forgetPeak(): void {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  } catch {
    // then the first step is in the count, too
  }
}
