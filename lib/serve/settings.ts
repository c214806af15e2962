import { RequestError } from "./request_error.ts";

/** How an answer is to be written and sent, whichever way it is asked for. */
export interface Settings {
  /** Number of answers to each prompt. */
  n: number;
  /** Whether they come in pieces. */
  stream: boolean;
  /** Whether the last piece tells the usage. */
  includeUsage: boolean;
  /** Strings that end an answer. */
  stop: string[];
  /** Most tokens of an answer; absent if only the context ends it. */
  maxTokens?: number;
  /** Flattens the distribution above 1, sharpens it below. */
  temperature: number;
  /** Share of probability that is sampled from. */
  topP: number;
  /** Where chance starts; absent if the server chooses. */
  seed?: number;
}

/** Most answers to one request. */
export const MAX_CHOICES = 4;

const MAX_STOPS = 16;
/** Fields that would change the answer and are not understood, with the values that change nothing. */
const UNSUPPORTED: Readonly<Record<string, readonly unknown[]>> = {
  "best_of": [1],
  "echo": [false],
  "frequency_penalty": [0],
  "function_call": ["none"],
  "functions": [],
  "logit_bias": [],
  "logprobs": [false],
  "presence_penalty": [0],
  "suffix": [""],
  "tools": [],
  "top_logprobs": [0],
};

/**
 * Reads the fields of a request that say how to answer.
 *
 * Fields that are not understood are refused if they would change the answer, and passed over
 * otherwise.
 *
 * @see {@link https://platform.openai.com/docs/api-reference/chat/create | Chat completions}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(readSettings({ stop: "\n\n", temperature: 0 }).stop, ["\n\n"]);
 * ```
 *
 * @param body The body of the request.
 * @returns The settings, with OpenAI's defaults.
 * @throws {RequestError} If a field has the wrong type or is out of its range.
 */
export function readSettings(body: Record<string, unknown>): Settings {
  refuseUnsupported(body);
  const max = whole(body, "max_completion_tokens", { least: 1 }) ??
    whole(body, "max_tokens", { least: 1 });
  const seed = whole(body, "seed", { least: Number.MIN_SAFE_INTEGER });
  return {
    n: whole(body, "n", { least: 1, most: MAX_CHOICES }) ?? 1,
    stream: flag(body, "stream"),
    includeUsage: flag(streamOptions(body), "include_usage"),
    stop: stops(body["stop"]),
    ...max !== undefined && { maxTokens: max },
    temperature: real(body, "temperature", { most: 2 }) ?? 1,
    // At 0 only the likeliest token is left, which any share that is tiny enough says.
    topP: Math.max(real(body, "top_p", { most: 1 }) ?? 1, Number.EPSILON),
    ...seed !== undefined && { seed },
  };
}

/**
 * An error about one field of a request.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(wrong("n", "be a whole number", "two").message, 'Cannot answer as "n" must be a whole number: current value is "two"');
 * ```
 *
 * @param param The field.
 * @param law What it must do.
 * @param value What it is.
 * @returns The error, of status 400.
 */
export function wrong(
  param: string,
  law: string,
  value: unknown,
): RequestError {
  const current = JSON.stringify(value)?.slice(0, 100) ?? "none";
  return new RequestError(
    `Cannot answer as "${param}" must ${law}: current value is ${current}`,
    { status: 400, code: "invalid_value", param },
  );
}

function refuseUnsupported(body: Record<string, unknown>): void {
  for (const [key, harmless] of Object.entries(UNSUPPORTED)) {
    const value = body[key] ?? undefined;
    const empty = typeof value === "object" && Object.keys(value).length === 0;
    if (value === undefined || empty || harmless.includes(value)) continue;
    throw unsupported(key);
  }
  const format = Object(body["response_format"])["type"] ?? "text";
  if (format !== "text") throw unsupported("response_format");
}

function unsupported(param: string): RequestError {
  return new RequestError(
    `Cannot answer as this server does not know "${param}": leave it out`,
    { status: 400, code: "unsupported_parameter", param },
  );
}

function whole(
  body: Record<string, unknown>,
  key: string,
  { least, most = Number.MAX_SAFE_INTEGER }: { least: number; most?: number },
): number | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined) return undefined;
  if (
    !Number.isSafeInteger(value) || (value as number) < least ||
    (value as number) > most
  ) {
    const range = most < Number.MAX_SAFE_INTEGER
      ? `be a whole number from ${least} to ${most}`
      : least > 0
      ? `be a whole number of at least ${least}`
      : "be a whole number";
    throw wrong(key, range, value);
  }
  return value as number;
}

function real(
  body: Record<string, unknown>,
  key: string,
  { most }: { most: number },
): number | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !(value >= 0 && value <= most)) {
    throw wrong(key, `be a number from 0 to ${most}`, value);
  }
  return value;
}

function flag(body: Record<string, unknown>, key: string): boolean {
  const value = body[key] ?? false;
  if (typeof value !== "boolean") throw wrong(key, "be true or false", value);
  return value;
}

function streamOptions(body: Record<string, unknown>): Record<string, unknown> {
  const value = body["stream_options"] ?? {};
  if (typeof value !== "object") {
    throw wrong("stream_options", "be an object", value);
  }
  return value as Record<string, unknown>;
}

function stops(value: unknown): string[] {
  const list = value === undefined || value === null
    ? []
    : Array.isArray(value)
    ? value
    : [value];
  const ok = list.length <= MAX_STOPS &&
    list.every((stop) => typeof stop === "string" && stop !== "");
  if (!ok) {
    throw wrong(
      "stop",
      `be a string or a list of at most ${MAX_STOPS}, none empty`,
      value,
    );
  }
  return list;
}
