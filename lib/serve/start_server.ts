import { basename } from "node:path";
import { seededRandom } from "../core/random.ts";
import type { Model } from "../model/load.ts";
import { ALPACA, type PromptTemplate } from "../tokens/template.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { answerRequest } from "./answer.ts";
import { checkHostname } from "./guard.ts";
import { Line } from "./line.ts";
import { maxCharactersOf } from "./read_prompts.ts";
import type { RequestEvent, Service } from "./service.ts";

/** Options for {@linkcode startServer}. */
export interface ServerOptions {
  /** The model that answers; it stays the caller's, who disposes of it after the server. */
  model: Model;
  /** The model's tokenizer. */
  tokenizer: Tokenizer;
  /**
   * How questions are put into words; the one that the model was trained in.
   *
   * @default {ALPACA}
   */
  template?: PromptTemplate;
  /**
   * The name that requests call the model by.
   *
   * @default {the name of the model's folder}
   */
  name?: string;
  /**
   * Port to listen on; 0 for any that is free.
   *
   * @default {8080}
   */
  port?: number;
  /**
   * Address to listen on. Any but a loopback one needs a key.
   *
   * @default {"127.0.0.1"}
   */
  hostname?: string;
  /** Key that clients must send; without it, none is asked for. */
  apiKey?: string;
  /**
   * Where chance starts for requests that name no seed; each gets another stream.
   *
   * @default {42}
   */
  seed?: number;
  /**
   * Tells the time, in milliseconds since 1970, for the field `created`.
   *
   * @default {() => 0}
   */
  now?: () => number;
  /** Is told of every request that has been answered. */
  onRequest?: (event: RequestEvent) => void;
}

/** A server that is running, until it is disposed of. */
export interface ApiServer extends AsyncDisposable {
  /** What a client takes as its base URL, `/v1` included. */
  readonly baseURL: string;
  /** The name that requests call the model by. */
  readonly name: string;
}

/** Most requests that wait for the model. */
const MAX_WAITING = 64;

/**
 * Serves a model as OpenAI does: `/v1/models`, `/v1/chat/completions` and `/v1/completions`.
 *
 * A conversation is put into the template by the rule of {@linkcode encodeChat}. Requests are
 * answered one after the other, and those that come when 64 wait are turned away with 429. A
 * client that leaves frees its place. The same request with the same seed gets the same text,
 * streamed or not.
 *
 * @see {@link https://platform.openai.com/docs/api-reference | OpenAI API reference}
 *
 * @example Usage
 * ```ts ignore
 * await using server = startServer({ model, tokenizer });
 * const ask = openTeacher({ baseURL: server.baseURL, model: server.name });
 * (await ask("Name a color.")).text;
 * ```
 *
 * @param options The model, and where to listen.
 * @returns The server; dispose of it to stop it, which ends answers under way.
 * @throws {TypeError} If others could reach it without a key.
 * @throws {Deno.errors.AddrInUse} If the port is taken.
 */
export function startServer(options: ServerOptions): ApiServer {
  const {
    model,
    template = ALPACA,
    name = basename(model.folder),
    port = 8080,
    hostname = "127.0.0.1",
    apiKey,
    seed = 42,
    now = () => 0,
    onRequest = () => {},
  } = options;
  checkHostname(hostname, apiKey);
  const closing = new AbortController();
  const random = seededRandom(seed);
  let answers = 0;
  const service: Service = {
    model,
    tokenizer: options.tokenizer,
    template,
    maxCharacters: maxCharactersOf(model, options.tokenizer),
    name,
    apiKey,
    line: new Line({ limit: MAX_WAITING }),
    closing: closing.signal,
    started: Math.floor(now() / 1000),
    nextSeed: () => Math.floor(random() * 2 ** 32),
    nextHead: (prefix) => ({
      id: `${prefix}-${++answers}`,
      created: Math.floor(now() / 1000),
      model: name,
    }),
    onRequest,
  };
  const server = Deno.serve(
    { port, hostname, onListen: () => {} },
    (request) => answerRequest(request, service),
  );
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    baseURL: `http://${host}:${server.addr.port}/v1`,
    name,
    async [Symbol.asyncDispose]() {
      closing.abort(new Error("the server is closing"));
      await server.shutdown();
    },
  };
}
