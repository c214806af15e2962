/** Why a notebook ended before its last cell. */
export interface CellError {
  /** The code cell that failed, from 1; `0` if none had begun. */
  readonly cell: number;
  /** The text of the cell. */
  readonly source: string;
  /** The class of the error. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Where it was thrown; may be empty. */
  readonly traceback: string;
}

/** What happens while a notebook runs. */
export type RunEvent =
  | { kind: "begin"; cells: number }
  | { kind: "cell"; index: number }
  | { kind: "end"; error: CellError | null };

/** How to run a notebook. */
export interface RunNotebookOptions {
  /** Where the executed copy goes. */
  copy: string;
  /** Variables to add to this process's own. @default {{}} */
  env?: Record<string, string>;
  /** Longest time that the notebook may take, in seconds. @default {1200} */
  timeout?: number;
}

/** The default of {@linkcode RunNotebookOptions.timeout}, in seconds. */
export const NOTEBOOK_TIMEOUT = 1200;
