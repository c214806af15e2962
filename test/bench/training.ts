import type { LlamaConfig } from "../../lib/model/config.ts";
import { interleaved, type Speed } from "./interleaved.ts";
import { openCria } from "./peers/cria.ts";
import { openTorch, type TorchPeer } from "./peers/torch.ts";

/** How fast a training step was, and what it took. */
export interface TrainingSpeed extends Speed {
  /** How long the first step took, compiling included, in seconds. */
  firstStepSeconds: number;
  /** Most memory that was resident since the first step, in bytes. */
  peakBytes: number;
}

/** Options for {@linkcode benchTraining}. */
export interface TrainingOptions {
  /** Rows of a batch. */
  rows: number;
  /** Tokens in a row. */
  width: number;
  /** Rounds that count. */
  rounds: number;
  /** Whether only compiled steps in bfloat16 are timed. @default {false} */
  fastest?: boolean;
}

/**
 * Times whole training steps, all tokens but the first of a row being labels, in tokens a second:
 * ours against PyTorch's, each in a process of its own, in turns.
 *
 * @param config The shape of the model; weights are random.
 * @param options The batch, and how often.
 * @returns The table; without PyTorch's lines where no Python has it.
 */
export async function benchTraining(
  config: LlamaConfig,
  { rows, width, rounds, fastest = false }: TrainingOptions,
): Promise<TrainingSpeed[]> {
  const batch = { rows, width };
  const open: (() => Promise<TorchPeer | undefined>)[] = [
    ...fastest ? [] : [
      () =>
        openCria("tfjs, operation by operation", config, {
          ...batch,
          compiled: false,
        }),
      () => openCria("compiled, float32", config, batch),
      () =>
        openCria("compiled by XLA, float32", config, { ...batch, jit: true }),
    ],
    () =>
      openCria("compiled, bfloat16", config, {
        ...batch,
        precision: "bfloat16",
      }),
    ...fastest ? [] : [
      () =>
        openTorch(config, { ...batch, run: "eager", precision: "bfloat16" }),
      () => openTorch(config, batch),
    ],
    () => openTorch(config, { ...batch, precision: "bfloat16" }),
    () =>
      openTorch(config, {
        ...batch,
        precision: "bfloat16",
        attention: "plain",
      }),
  ];
  const contenders: TorchPeer[] = [];
  try {
    for (const one of open) {
      const contender = await one();
      if (contender !== undefined) contenders.push(contender);
    }
    const speeds = await interleaved(contenders, rounds);
    return await Promise.all(speeds.map(async (speed, i) => ({
      ...speed,
      firstStepSeconds: contenders[i]!.firstStepSeconds,
      peakBytes: (await contenders[i]!.peakBytes()).steps,
    })));
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
}
