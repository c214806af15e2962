import { createHash } from "node:crypto";

/**
 * Names bytes or text by their content.
 *
 * @see {@link https://doi.org/10.6028/NIST.FIPS.180-4 | FIPS 180-4, SHA-256}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(sha256("cria").slice(0, 8), "65fa9199");
 * ```
 *
 * @param content Bytes, or text that is taken as UTF-8.
 * @returns The hash, 64 hexadecimal digits.
 */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
