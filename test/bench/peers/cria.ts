import { fileURLToPath } from "node:url";
import type { LlamaConfig } from "../../../lib/model/config.ts";
import type { StepOptions } from "../../../lib/train/step.ts";
import { openChild } from "./child.ts";
import type { TorchPeer } from "./torch.ts";

const SCRIPT = fileURLToPath(new URL("./cria_step.ts", import.meta.url));

/** How Cria is to train. */
export interface CriaOptions
  extends
    Pick<StepOptions, "precision" | "compiled" | "jit" | "checkpointing"> {
  /** Rows of a batch. @default {4} */
  rows?: number;
  /** Tokens in a row. @default {256} */
  width?: number;
}

/**
 * Starts our own training step in a process of its own, so that its memory is counted as a peer's is.
 *
 * @param name Its name in the table.
 * @param config The shape of the model.
 * @param options How it trains.
 * @returns The contender, after its first step.
 */
export async function openCria(
  name: string,
  config: LlamaConfig,
  options: CriaOptions = {},
): Promise<TorchPeer> {
  const { rows = 4, width = 256 } = options;
  const child = await openChild(Deno.execPath(), [
    "run",
    "-A",
    SCRIPT,
    JSON.stringify(config),
    JSON.stringify(options),
  ]);
  type Step = { loss: number; seconds: number };
  const step = async () => await child.ask("step") as Step;
  const first = await step();
  let { loss } = first;
  return {
    name,
    firstStepSeconds: first.seconds,
    async run() {
      loss = (await step()).loss;
      return rows * width;
    },
    lastLoss: () => loss,
    peakBytes: async () =>
      await child.ask("peak") as Awaited<ReturnType<TorchPeer["peakBytes"]>>,
    close: () => child.close(),
  };
}
