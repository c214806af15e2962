import { checkLength, readChat, readPrompts } from "./read_prompts.ts";
import { RequestError } from "./request_error.ts";
import type { Usage } from "../teacher/ask.ts";
import type { Service } from "./service.ts";
import { MAX_CHOICES, readSettings, type Settings, wrong } from "./settings.ts";
import { CHAT_WIRE, type Wire } from "./wire.ts";
import type { Choice } from "./write_choices.ts";

/** A request that the model is to answer. */
export interface Job {
  /** How the answer is worded. */
  wire: Wire;
  /** How it is written and sent. */
  settings: Settings;
  /** The answers to be written. */
  choices: Choice[];
  /** Tokens of the prompts. */
  promptTokens: number;
  /** Is raised when nobody waits for the answer any longer. */
  signal: AbortSignal;
  /** Is called once the answer is whole or has failed. */
  end: (status: number, usage?: Usage) => void;
}

/**
 * Checks what is asked, and turns it into ids.
 *
 * @param body The body of the request.
 * @param wire The endpoint that it came to.
 * @param service All that answering needs.
 * @returns What the model is to do.
 * @throws {RequestError} If it is not understood, or cannot be done.
 */
export function readJob(
  body: Record<string, unknown>,
  wire: Wire,
  service: Service,
): Omit<Job, "signal" | "end"> {
  const { model } = service;
  if (typeof body["model"] !== "string") {
    throw wrong("model", "be the name of a model", body["model"]);
  }
  if (body["model"] !== service.name) throw unknownModel(body["model"]);
  const chat = wire === CHAT_WIRE;
  const settings = readSettings(body);
  const prompts = chat ? [readChat(body, service)] : readPrompts(body, service);
  if (prompts.length * settings.n > MAX_CHOICES) {
    throw wrong(
      "prompt",
      `ask for at most ${MAX_CHOICES} answers in all`,
      prompts.length * settings.n,
    );
  }
  for (const ids of prompts) {
    checkLength(ids, model, chat ? "messages" : "prompt");
  }
  return {
    wire,
    settings: chat ? settings : { maxTokens: 16, ...settings }, // OpenAI's default for completions
    choices: prompts.flatMap((prompt) =>
      Array.from(
        { length: settings.n },
        () => ({ prompt, continues: !chat }),
      )
    ),
    promptTokens: prompts.reduce((sum, ids) => sum + ids.length, 0),
  };
}

/**
 * An error about a model that is not here.
 *
 * @param name The name that was given.
 * @returns The error, of status 404.
 */
export function unknownModel(name: string): RequestError {
  return new RequestError(
    `The model ${
      JSON.stringify(name)
    } does not exist here; GET /v1/models tells which do`,
    { status: 404, code: "model_not_found", param: "model" },
  );
}
