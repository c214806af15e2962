const STDERR = 2;
const WRITE_ONLY = 1; // O_WRONLY

/**
 * Runs a function while nothing that native code writes to standard error is seen.
 *
 * TensorFlow prints two notices before its own log level is read, so the file descriptor itself
 * has to point elsewhere. Where the C library cannot be opened, the notices are let through.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(quietly(() => 42), 42);
 * ```
 *
 * @typeParam Result What the function gives back.
 * @param action The function; it must not be asynchronous.
 * @returns Its result.
 */
export function quietly<Result>(action: () => Result): Result {
  const libc = openLibc();
  if (libc === undefined) return action();
  const { open, dup, dup2, close } = libc.symbols;
  const kept = dup(STDERR);
  const silence = open(new TextEncoder().encode("/dev/null\0"), WRITE_ONLY);
  dup2(silence, STDERR);
  close(silence);
  try {
    return action();
  } finally {
    dup2(kept, STDERR);
    close(kept);
    libc.close();
  }
}

/** Opens the four functions, where the C library goes by its usual Linux name. */
function openLibc() {
  try {
    return Deno.dlopen("libc.so.6", {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      dup: { parameters: ["i32"], result: "i32" },
      dup2: { parameters: ["i32", "i32"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
    });
  } catch {
    return undefined;
  }
}
