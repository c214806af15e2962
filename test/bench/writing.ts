import * as tf from "@tensorflow/tfjs";
import type { LlamaConfig } from "../../lib/model/config.ts";
import { weightShapes } from "../../lib/model/config.ts";
import { modelOf } from "../../lib/model/load.ts";
import { decode } from "../../lib/generate/decode.ts";
import { interleaved, type Speed } from "./interleaved.ts";

/**
 * Times writing with a key-value cache in float32, in tokens a second, for several batches.
 *
 * The rounds that warm up write enough for the cached passes to be compiled.
 *
 * @param config The shape of the model; weights are random.
 * @returns The table.
 */
export async function benchWriting(config: LlamaConfig): Promise<Speed[]> {
  const weights = Object.fromEntries(
    [...weightShapes(config)].map(([name, shape]) => [
      name,
      shape.length === 1 ? tf.ones(shape) : tf.randomNormal(shape, 0, 0.02),
    ]),
  );
  const model = modelOf("random", config, weights);
  async function write(rows: number): Promise<number> {
    const prompts = Array.from({ length: rows }, (_, i) => [1, 100 + i]);
    let tokens = 0;
    const events = decode(model, prompts, { endIds: [], maxNewTokens: 100 });
    for await (const { kind } of events) tokens += kind === "token" ? 1 : 0;
    return tokens;
  }
  await write(1); // after so many tokens the next round compiles
  const speeds = await interleaved(
    [1, 8, 32].map((rows) => ({
      name: `${rows} at a time`,
      run: () => write(rows),
    })),
    5,
  );
  model.dispose();
  return speeds;
}

/**
 * Times tfjs' smallest operation, from JavaScript into TensorFlow and back, in microseconds.
 *
 * @returns The median over rounds of 2,000 additions of eight numbers.
 */
export function operationOverhead(): number {
  const x = tf.ones([8]);
  const times = Array.from({ length: 15 }, () => {
    const start = performance.now();
    for (let i = 0; i < 2000; i++) tf.add(x, x).dispose();
    return (performance.now() - start) * 1000 / 2000;
  });
  x.dispose();
  return times.sort((a, b) => a - b)[7]!;
}
