import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";

/** What of tfjs' own state concerns gradients; it is not declared. */
interface TapeState {
  /** What was done since the outermost gradient began. */
  activeTape: { saved?: Tensor[] }[] | null;
  /** How many gradients are being computed, one in the other. */
  gradientDepth: number;
  /** How many kernels run, one in the other; inside of one nothing is noted. */
  kernelDepth: number;
}

function tapeState(): TapeState {
  return tf.engine().state as unknown as TapeState;
}

/**
 * Whether what is done now is noted for a gradient.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(isTaped(), false);
 * ```
 *
 * @returns Whether it is.
 */
export function isTaped(): boolean {
  const { gradientDepth, kernelDepth } = tapeState();
  return gradientDepth > 0 && kernelDepth === 0;
}

/**
 * Computes gradients and leaves tfjs' notes as they were, whatever happens.
 *
 * tfjs keeps one list of notes: a gradient inside of another's would lose the outer one's, and one
 * that throws would keep all that it had saved for ever.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const slope = withOwnTape(() => tf.grad((x) => tf.square(x))(tf.scalar(3)));
 * equal(slope.dataSync()[0], 6);
 * ```
 *
 * @typeParam Result What the code gives back.
 * @param action The code.
 * @returns What it gives back.
 */
export function withOwnTape<Result>(action: () => Result): Result {
  const state = tapeState();
  const outer = state.activeTape;
  try {
    return action();
  } catch (error) {
    if (state.activeTape !== outer) {
      tf.dispose(state.activeTape?.flatMap(({ saved }) => saved ?? []) ?? []);
    }
    throw error;
  } finally {
    state.activeTape = outer;
  }
}
