/** Details of a {@linkcode RequestError}. */
export interface RequestErrorOptions {
  /** HTTP status, from 400 up. */
  status: number;
  /** Name of the error, for programs. */
  code: string;
  /**
   * The field of the request that is wrong.
   *
   * @default {null}
   */
  param?: string | null;
}

/** Thrown when a request cannot be answered, with what the client is told. */
export class RequestError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Name of the error, for programs. */
  readonly code: string;
  /** The field of the request that is wrong; `null` if it is none. */
  readonly param: string | null;

  /**
   * Constructs a new {@linkcode RequestError}.
   *
   * @param message What a person should read.
   * @param options Status, code, and the field that is wrong.
   */
  constructor(message: string, options: RequestErrorOptions) {
    super(message);
    this.name = "RequestError";
    this.status = options.status;
    this.code = options.code;
    this.param = options.param ?? null;
  }
}
