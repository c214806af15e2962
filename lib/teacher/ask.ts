/** What a teacher said, and what it took. */
export interface Reply {
  /** The words. */
  text: string;
  /** Why they ended, in OpenAI's words: `"stop"`, `"length"` or `"content_filter"`. */
  finishReason: string;
  /** Name of the model that answered. */
  model: string;
  /** What is paid for; zeros if the endpoint does not tell. */
  usage: Usage;
}

/** What is paid for, in tokens. */
export interface Usage {
  /** Tokens that were sent. */
  promptTokens: number;
  /** Tokens that came back. */
  completionTokens: number;
}

/** A question put to a teacher, and its reply. */
export type Ask = (prompt: string, signal?: AbortSignal) => Promise<Reply>;
