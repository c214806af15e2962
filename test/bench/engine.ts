import { openEngine } from "../../lib/engine/engine.ts";
import type { Row } from "./bench.ts";
import { SMOL_135M, STORIES_15M } from "./shapes.ts";
import { benchTraining } from "./training.ts";
import { benchWriting, operationOverhead } from "./writing.ts";

/**
 * Times the engine: training steps of two models against PyTorch, writing with a cache, and what an
 * operation costs beyond its work.
 *
 * @returns One table for each kind of work.
 */
export async function benchEngine(): Promise<Record<string, Row[]>> {
  const small = await benchTraining(STORIES_15M, {
    rows: 4,
    width: 256,
    rounds: 7,
  });
  const large = await benchTraining(SMOL_135M, {
    rows: 1,
    width: 512,
    rounds: 5,
    fastest: true,
  });
  await openEngine();
  const microseconds = operationOverhead();
  return {
    "training step, 15M, 4 × 256, tokens/s": small,
    "training step, 135M, 1 × 512, tokens/s": large,
    "writing with a cache, 15M, float32, tokens/s": await benchWriting(
      STORIES_15M,
    ),
    "smallest operation of tfjs, operations/s": [{
      name: `${microseconds.toFixed(1)} µs each`,
      perSecond: 1e6 / microseconds,
      ratio: 1,
    }],
  };
}
