/** Types of the part of `@std/csv` that is used here, as its package on npm carries none. */

/** Options of {@linkcode parse}. */
export interface ParseOptions {
  /** Takes quotes that stand where none may stand as part of the field. */
  lazyQuotes?: boolean;
}

/**
 * Reads comma-separated values.
 *
 * @param input The text.
 * @param options How strict to be.
 * @returns The records, each a list of fields.
 */
export function parse(input: string, options?: ParseOptions): string[][];
