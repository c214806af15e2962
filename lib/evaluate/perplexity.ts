import { meanLoss, type TaskLoss } from "../train/held_out.ts";
import type { OutputLoss } from "./loss_on_tasks.ts";

/**
 * The number of tokens between which a model is as unsure as between equally likely ones: `e` to the
 * mean loss a token.
 *
 * Only models with the same tokenizer can be compared by it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(perplexity([{ nats: 0, tokens: 3 }]), 1);
 * ```
 *
 * @param losses The losses of the tasks.
 * @returns From 1; lower is better.
 */
export function perplexity(losses: readonly TaskLoss[]): number {
  return Math.exp(meanLoss(losses));
}

/**
 * How many bits a model needs to tell a byte of the outputs, whatever tokens it cuts them into; so
 * models with different tokenizers can be compared by it.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(bitsPerByte([{ nats: 4 * Math.LN2, bytes: 2 }]), 2);
 * ```
 *
 * @param losses The losses of the tasks.
 * @returns Bits a byte of UTF-8; lower is better.
 */
export function bitsPerByte(
  losses: readonly Pick<OutputLoss, "nats" | "bytes">[],
): number {
  return total(losses, "nats") / Math.LN2 / total(losses, "bytes");
}

/** Sum of one property. */
function total<Key extends string>(
  losses: readonly Readonly<Record<Key, number>>[],
  key: Key,
): number {
  return losses.reduce((sum, loss) => sum + loss[key], 0);
}
