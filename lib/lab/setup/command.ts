/** What a command said, and how it ended. */
export interface Outcome {
  /** The exit code; `127` if the command was not found or could not be started. */
  readonly code: number;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** What it wrote to standard error, or why it could not be started. */
  readonly stderr: string;
}

/** Options for {@linkcode run}. */
export interface RunOptions {
  /** Variables to add to this process's own. @default {{}} */
  env?: Record<string, string>;
  /** Stops the command. @default {undefined} */
  signal?: AbortSignal;
}

/**
 * Runs a command to its end, without input. Never throws: a command that is not there is an
 * outcome like any other.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal((await run("no-such-command", [])).code, 127);
 * equal((await run(Deno.execPath(), ["eval", "console.log(6 * 7)"])).stdout.trim(), "42");
 * ```
 *
 * @param command A path, or a name to look for on `PATH`.
 * @param args Its arguments.
 * @param options Its surroundings.
 * @returns How it went.
 */
export async function run(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const { env = {}, signal } = options;
  const text = new TextDecoder();
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args,
      env,
      stdin: "null",
      ...(signal === undefined ? {} : { signal }),
    }).output();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } catch (error) {
    return { code: 127, stdout: "", stderr: String(error) };
  }
}
