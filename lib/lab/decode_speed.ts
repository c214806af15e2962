import { decode } from "../generate/decode.ts";
import type { Model } from "../model/load.ts";

/** Options for {@linkcode decodeSpeed}. */
export interface DecodeSpeedOptions {
  /** Tokens that are written for each prompt. @default {64} */
  tokens?: number;
  /** Ends the measurement after the token under way. */
  signal?: AbortSignal;
}

/** How fast a model writes. */
export interface DecodeSpeed {
  /** Number of prompts that were gone on from at the same time. */
  "at a time": number;
  /** Time until the first token of all is there, in milliseconds: the prompts are read by then. */
  "first token, ms": number;
  /** Tokens that were written a second, of all prompts together, from the first one on. */
  "tokens a second": number;
}

/**
 * Measures how fast a model writes on from some prompts.
 *
 * No sequence may end before its time, so that every run does the same work. The first of two runs
 * compiles and is not counted.
 *
 * @example Usage
 * ```ts ignore
 * await show([await decodeSpeed(model, [encodePrompt(tokenizer, task)])]);
 * ```
 *
 * @param model The model.
 * @param prompts Token ids of every prompt, written on from at the same time.
 * @param options How much is written.
 * @returns The speed, in whole numbers.
 * @throws {RangeError} If a prompt is empty or leaves no position to write at.
 */
export async function decodeSpeed(
  model: Model,
  prompts: readonly ArrayLike<number>[],
  options: DecodeSpeedOptions = {},
): Promise<DecodeSpeed> {
  await timed(model, prompts, options);
  const { firstMs, restMs, rest } = await timed(model, prompts, options);
  return {
    "at a time": prompts.length,
    "first token, ms": Math.round(firstMs),
    "tokens a second": Math.round(restMs > 0 ? 1000 * rest / restMs : 0),
  };
}

/** One run: the time to the first token, and that of all tokens after it. */
async function timed(
  model: Model,
  prompts: readonly ArrayLike<number>[],
  { tokens = 64, signal }: DecodeSpeedOptions,
): Promise<{ firstMs: number; restMs: number; rest: number }> {
  const options = {
    endIds: [],
    maxNewTokens: tokens,
    ...(signal === undefined ? {} : { signal }),
  };
  const start = performance.now();
  let firstMs: number | undefined;
  let rest = -prompts.length; // each prompt's first token is there at once
  for await (const event of decode(model, prompts, options)) {
    firstMs ??= performance.now() - start;
    if (event.kind === "token") rest++;
  }
  const restMs = performance.now() - start - (firstMs ?? 0);
  return { firstMs: firstMs ?? 0, restMs, rest };
}
