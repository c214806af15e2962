import { fileURLToPath } from "node:url";
import { run } from "../../../lib/lab/setup/command.ts";
import type { LlamaConfig } from "../../../lib/model/config.ts";
import type { Contender } from "../interleaved.ts";
import { openChild } from "./child.ts";

const SCRIPT = fileURLToPath(new URL("./torch_step.py", import.meta.url));

/** How PyTorch is to train; each field is an option of `torch_step.py`. */
export interface TorchOptions {
  /** Rows of a batch. @default {4} */
  rows?: number;
  /** Tokens in a row. @default {256} */
  width?: number;
  /** What matrix products are computed in; weights are float32 in both. @default {"float32"} */
  precision?: "float32" | "bfloat16";
  /** Operation by operation, or by `torch.compile`. @default {"compile"} */
  run?: "eager" | "compile";
  /** Mode of `torch.compile`. @default {"default"} */
  mode?: "default" | "max-autotune" | "reduce-overhead";
  /**
   * Attention by `scaled_dot_product_attention`, or by two products and a softmax: on a CPU, compiled, for
   * longer rows the latter is the faster one.
   *
   * @default {"fused"}
   */
  attention?: "fused" | "plain";
  /** Where it runs. @default {"cpu"} */
  device?: "cpu" | "cuda";
  /** Whether malloc keeps what is freed, or does what it does by itself. @default {"tuned"} */
  malloc?: "tuned" | "plain";
  /** The Python to use. @default {await findTorch()} */
  python?: string;
}

/** Memory of a peer, in bytes. */
export interface TorchPeak {
  /** Resident when PyTorch was imported and nothing else; `null` where the system does not tell. */
  runtime: number | null;
  /** Most that was ever resident, compiling included. */
  process: number;
  /** Most that was resident since the first step. */
  steps: number;
  /** Most that tensors took on the GPU; `null` on a CPU. */
  device: number | null;
}

/** PyTorch in a process of its own, which takes a training step whenever it is its turn. */
export interface TorchPeer extends Contender {
  /** Takes one step; gives back how many tokens were in it. */
  run: () => Promise<number>;
  /** How long the first step took, in seconds: it compiles, unless the compiler has it cached. */
  firstStepSeconds: number;
  /** Loss of the last step, in nats. */
  lastLoss: () => number;
  /** Tells how much memory it took so far. */
  peakBytes: () => Promise<TorchPeak>;
  /** Ends the process. */
  close: () => Promise<void>;
}

/**
 * Starts PyTorch on a LLaMA with random weights, and takes the first step.
 *
 * @example Usage
 * ```ts ignore
 * const peer = await openTorch(config, { precision: "bfloat16" });
 * if (peer !== undefined) {
 *   const table = await interleaved([ours, peer]);
 *   await peer.close();
 * }
 * ```
 *
 * @param config The shape of the model.
 * @param options How it trains.
 * @returns The peer; nothing where no Python has PyTorch.
 * @throws {Error} If PyTorch is there and fails, with what it said.
 */
export async function openTorch(
  config: LlamaConfig,
  options: TorchOptions = {},
): Promise<TorchPeer | undefined> {
  const { python = await findTorch(), ...settings } = options;
  if (python === undefined) return undefined;
  const {
    rows = 4,
    width = 256,
    run = "compile",
    precision = "float32",
    mode = "default",
    attention = "fused",
    malloc = "tuned",
  } = settings;
  const flags = Object.entries(settings).flatMap((
    [name, value],
  ) => [`--${name}`, String(value)]);
  const child = await openChild(python, [
    SCRIPT,
    JSON.stringify(config),
    ...flags,
  ]);
  const { torch } = child.hello as { torch: string };
  const step = async () => await child.ask("step") as Step;
  const first = await step();
  let { loss } = first;
  return {
    name: [
      `torch ${torch.split("+")[0]} ${run}`,
      ...mode === "default" || run === "eager" ? [] : [mode],
      precision,
      ...attention === "plain" ? ["plain attention"] : [],
      ...malloc === "plain" ? ["plain malloc"] : [],
    ].join(", "),
    firstStepSeconds: first.seconds,
    async run() {
      loss = (await step()).loss;
      return rows * width;
    },
    lastLoss: () => loss,
    peakBytes: async () => await child.ask("peak") as TorchPeak,
    close: () => child.close(),
  };
}

/** What the script answers to "step". */
interface Step {
  /** In nats. */
  loss: number;
  /** How long it took. */
  seconds: number;
}

/**
 * Looks for a Python that has PyTorch: the one that the environment variable `CRIA_TORCH_PYTHON` names, else
 * `python3`.
 *
 * @returns The Python; nothing if `python3` has no PyTorch, or is not there.
 * @throws {RangeError} If a Python is named and has no PyTorch.
 */
export async function findTorch(): Promise<string | undefined> {
  const named = Deno.env.get("CRIA_TORCH_PYTHON");
  const python = named || "python3";
  const script =
    "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
  const { code, stderr } = await run(python, ["-c", script]);
  if (code === 0) return python;
  if (!named) return undefined;
  throw new RangeError(
    `Cannot compare with PyTorch as the Python that CRIA_TORCH_PYTHON names must have it: current value is "${named}" ${
      stderr.trim().split("\n").at(-1)
    }`.trimEnd(),
  );
}
