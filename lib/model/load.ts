import * as tf from "@tensorflow/tfjs";
import { join } from "node:path";
import type { Tensor } from "../core/tensor.ts";
import { openEngine } from "../engine/engine.ts";
import { readJson } from "../io/json.ts";
import { type PlainTensor, readSafetensors } from "../io/safetensors.ts";
import { type LlamaConfig, parseConfig, weightShapes } from "./config.ts";
import type { Weights } from "./llama.ts";

/** A model on the device: its shape, its weights, and where it came from. */
export interface Model {
  /** The numbers that fix its shape. */
  readonly config: LlamaConfig;
  /** Its weights by Hugging Face name; owned by the model. */
  readonly weights: Weights;
  /** The folder that it was loaded from. */
  readonly folder: string;
  /** Number of its parameters, a tied output layer counted once. */
  readonly parameters: number;
  /** Frees the weights. */
  dispose(): void;
}

/**
 * Loads a checkpoint folder in Hugging Face's form: `config.json` and `model.safetensors`.
 *
 * Opens the engine if that has not been done. Memory: the weights on the device, and one tensor
 * on the way there.
 *
 * @example Usage
 * ```ts ignore
 * const model = await loadModel("checkpoints/base/stories15M");
 * model.parameters; // 15191712
 * ```
 *
 * @param folder The folder.
 * @returns The model; dispose it when done.
 * @throws {Deno.errors.NotFound} If the folder or one of its two files is missing.
 * @throws {SyntaxError} If a file is broken, or if the weights are not those that the
 * configuration asks for.
 * @throws {TypeError} If the checkpoint is of an architecture that is not supported.
 */
export async function loadModel(folder: string): Promise<Model> {
  const path = join(folder, "config.json");
  const config = parseConfig(await readJson(path), path);
  await openEngine();
  const file = join(folder, "model.safetensors");
  const weights: Record<string, Tensor> = {};
  const missing = weightShapes(config);
  try {
    for await (const [name, tensor] of readSafetensors(file)) {
      if (isLegacy(name, config)) continue;
      checkShape(file, name, tensor, missing.get(name));
      missing.delete(name);
      weights[name] = tf.tensor(tensor.data, tensor.shape, "float32");
    }
    if (missing.size > 0) {
      throw new SyntaxError(
        `Cannot load ${file} as it must hold every weight that config.json asks for: ${missing.size} are missing, the first is "${missing.keys().next().value}"`,
      );
    }
  } catch (error) {
    tf.dispose(weights);
    throw error;
  }
  return modelOf(folder, config, weights);
}

/** Weights that old checkpoints carry without need: wavelengths, and a copy of a tied output. */
function isLegacy(name: string, config: LlamaConfig): boolean {
  return name.endsWith(".rotary_emb.inv_freq") ||
    (name === "lm_head.weight" && config.tie_word_embeddings);
}

/** Refuses a weight that the configuration does not ask for in this shape. */
function checkShape(
  file: string,
  name: string,
  { shape }: PlainTensor,
  expected: readonly number[] | undefined,
): void {
  if (expected?.join() === shape.join()) return;
  throw new SyntaxError(
    `Cannot load "${name}" of ${file} as config.json asks for ${
      expected === undefined ? "no such weight" : `shape [${expected}]`
    }: current shape is [${shape}]`,
  );
}

/**
 * Puts a model together from parts that are already there.
 *
 * @param folder Where it came from.
 * @param config The numbers that fix its shape.
 * @param weights Its weights by Hugging Face name; the model takes them over.
 * @returns The model.
 */
export function modelOf(
  folder: string,
  config: LlamaConfig,
  weights: Weights,
): Model {
  const parameters = Object.values(weights)
    .reduce((sum, { size }) => sum + size, 0);
  return {
    config,
    weights,
    folder,
    parameters,
    dispose: () => tf.dispose(weights),
  };
}
