import { setImmediate } from "node:timers/promises";
import { decode } from "../generate/decode.ts";
import { TextStream } from "../generate/text_stream.ts";
import type { Model } from "../model/load.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { Settings } from "./settings.ts";
import { StopText } from "./stop_text.ts";

/** One answer to be written: the ids it follows. */
export interface Choice {
  /** The ids of the prompt. */
  prompt: Int32Array;
  /**
   * Whether the answer goes on from the prompt's text, or is a text of its own, as answers were in
   * training.
   */
  continues: boolean;
}

/** A piece of an answer, or its end. */
export type ChoiceEvent =
  | { kind: "text"; choice: number; text: string }
  | { kind: "end"; choice: number; reason: "stop" | "length"; tokens: number };

/** Options for {@linkcode writeChoices}. */
export interface WriteOptions {
  /** The model's tokenizer. */
  tokenizer: Tokenizer;
  /** How to write. */
  settings: Pick<Settings, "stop" | "maxTokens" | "temperature" | "topP">;
  /** Where chance starts; each choice has a stream of its own. */
  seed: number;
  /** Ends the writing after the token under way. */
  signal: AbortSignal;
}

/**
 * Writes several answers at once, and gives their text as it becomes certain.
 *
 * @example Usage
 * ```ts ignore
 * for await (const event of writeChoices(model, choices, options)) console.log(event);
 * ```
 *
 * @param model The model.
 * @param choices The answers to be written.
 * @param options How to write them.
 * @returns Pieces of text, and one end for every choice.
 * @throws The signal's reason, if it was raised.
 */
export async function* writeChoices(
  model: Model,
  choices: readonly Choice[],
  options: WriteOptions,
): AsyncGenerator<ChoiceEvent, void, void> {
  const { tokenizer, settings, seed, signal } = options;
  const { stop, temperature, topP, maxTokens } = settings;
  const rows = choices.map(({ prompt, continues }) => ({
    stream: new TextStream(tokenizer, continues ? prompt : []),
    stop: new StopText(stop),
    tokens: 0,
    done: false,
  }));
  const events = decode(model, choices.map(({ prompt }) => prompt), {
    endIds: [tokenizer.eosId],
    maxNewTokens: maxTokens ?? model.config.max_position_embeddings,
    temperature,
    topP,
    seed,
    signal,
  });
  let previous = -1;
  for await (const event of events) {
    // An engine may compute without ever waiting; between two passes the network gets its turn.
    if (event.sequence <= previous) await setImmediate();
    previous = event.sequence;
    signal.throwIfAborted();
    const { sequence: choice } = event;
    const row = rows[choice]!;
    if (row.done) continue; // it has met a stop string, and others have not
    if (event.kind === "token") row.tokens++;
    const piece = event.kind === "token"
      ? row.stop.push(row.stream.push(event.id))
      : row.stop.push(row.stream.end()) + row.stop.end();
    if (piece !== "") yield { kind: "text", choice, text: piece };
    row.done = event.kind === "end" || row.stop.stopped;
    if (!row.done) continue;
    const cut = event.kind === "end" && event.reason === "length" &&
      !row.stop.stopped;
    const reason = cut ? "length" : "stop";
    yield { kind: "end", choice, reason, tokens: row.tokens };
    if (rows.every(({ done }) => done)) return;
  }
  signal.throwIfAborted();
}
