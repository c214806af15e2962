import * as tf from "@tensorflow/tfjs";
import { llama } from "./llama.ts";
import type { Model } from "./load.ts";

/**
 * Runs the plain forward pass and reads its result: every sequence alone, nothing cached.
 *
 * Cost: `B · T · V` numbers are brought back from the device.
 *
 * @example Usage
 * ```ts ignore
 * const scores = await logits(model, [[1, 9038, 2501]]); // Float32Array of 1 · 3 · 32000
 * ```
 *
 * @param model The model.
 * @param ids Token ids, `B` sequences of the same length `T`.
 * @returns Logits, `[B, T, V]` in row-major order.
 * @throws {RangeError} If the sequences are empty or differ in length, or an id is not of the
 * vocabulary.
 */
export async function logits(
  model: Model,
  ids: readonly (readonly number[])[],
): Promise<Float32Array> {
  const { "vocab_size": V } = model.config;
  const T = ids[0]?.length ?? 0;
  if (T === 0 || ids.some((row) => row.length !== T)) {
    throw new RangeError(
      `Cannot run the model as all sequences must have one length above 0: current lengths are ${
        ids.map((row) => row.length).join(", ")
      }`,
    );
  }
  for (const id of ids.flat()) {
    if (!Number.isInteger(id) || id < 0 || id >= V) {
      throw new RangeError(
        `Cannot run the model as every id must be a whole number from 0 to ${
          V - 1
        }: current value is ${id}`,
      );
    }
  }
  const input = tf.tensor(ids.flat(), [ids.length, T], "int32");
  const output = llama(model.weights, model.config, input);
  const values = await output.data() as Float32Array;
  tf.dispose([input, output]);
  return values;
}
