import type { Model } from "../model/load.ts";
import type { Usage } from "../teacher/ask.ts";
import type { PromptTemplate } from "../tokens/template.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { Line } from "./line.ts";
import type { AnswerHead } from "./wire.ts";

/** What became of a request. */
export interface RequestEvent {
  /** Method of the request. */
  method: string;
  /** Path of the request; empty if its address is malformed. */
  path: string;
  /** HTTP status; 499 if the client left before the answer was whole. */
  status: number;
  /** What the answer took; absent where the model was not asked, or not to the end. */
  usage?: Usage;
  /** Time from the request to the end of the answer, in milliseconds. */
  ms: number;
}

/** All that answering needs. */
export interface Service {
  /** The model that answers. */
  model: Model;
  /** Its tokenizer. */
  tokenizer: Tokenizer;
  /** How questions are put into words. */
  template: PromptTemplate;
  /** Most characters that can fit into the model's context. */
  maxCharacters: number;
  /** The name that requests call the model by. */
  name: string;
  /** Key that clients must send. */
  apiKey: string | undefined;
  /** Where requests wait for the model. */
  line: Line;
  /** Is raised when the server closes. */
  closing: AbortSignal;
  /** When the server was started, in seconds since 1970. */
  started: number;
  /** A seed for a request that names none. */
  nextSeed: () => number;
  /** A name and a time for an answer. */
  nextHead: (prefix: string) => AnswerHead;
  /** Is told of every request that has been answered. */
  onRequest: (event: RequestEvent) => void;
}
