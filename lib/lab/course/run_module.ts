import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { CellError } from "./run_event.ts";

/** What happens while a joined module runs. */
export type ModuleEvent =
  | { kind: "cell"; index: number }
  | { kind: "text"; cell: number; stream: "stdout" | "stderr"; text: string }
  | { kind: "end"; error: Omit<CellError, "source"> | null };

/**
 * Runs a module whose standard output holds marks, `\x1e` number `\x1e`, as its cells begin.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ts" });
 * await Deno.writeTextFile(path, String.raw`console.log("\x1e1\x1eone");`);
 * const events = await Array.fromAsync(runModule(path, { env: {}, timeout: 60 }));
 * deepEqual(events.map(({ kind }) => kind), ["cell", "text", "end"]);
 * await Deno.remove(path);
 * ```
 *
 * @param path The module; it runs in its own folder.
 * @param options Variables to add, and the longest time, in seconds.
 * @returns What happens; the last event is always `end`.
 */
export async function* runModule(
  path: string,
  options: { env: Record<string, string>; timeout: number },
): AsyncGenerator<ModuleEvent> {
  const { env, timeout } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--quiet", path],
    cwd: dirname(path),
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeout * 1000);
  const stderr = new Response(child.stderr).text();
  let cell = 0;
  try {
    for await (const piece of split(child.stdout)) {
      if (typeof piece === "number") {
        cell = piece;
        yield { kind: "cell", index: piece };
      } else {
        yield { kind: "text", cell, stream: "stdout", text: piece };
      }
    }
    const { code } = await child.status;
    const said = stripVTControlCharacters(await stderr);
    if (late) {
      const message =
        `Cannot go on as the notebook must end within ${timeout} s`;
      yield end(cell, { name: "TimeoutError", message, traceback: "" });
      return;
    }
    const at = code === 0 ? said.length : said.search(/^error: /m);
    const text = at < 0 ? said : said.slice(0, at);
    if (text !== "") yield { kind: "text", cell, stream: "stderr", text };
    yield code === 0
      ? { kind: "end", error: null }
      : end(cell, parseError(at < 0 ? "" : said.slice(at), code));
  } finally {
    clearTimeout(timer);
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await child.status;
    await stderr;
  }
}

// deno-lint-ignore no-control-regex -- A control character is what no cell prints by chance.
const MARK = /\x1e(\d+)\x1e/;

/** Cuts standard output into text and marks. */
async function* split(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string | number> {
  let rest = "";
  for await (const more of stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + more).split(MARK);
    const last = parts.pop() ?? "";
    const open = last.lastIndexOf("\x1e"); // Half of a mark may still be on its way.
    rest = open < 0 ? "" : last.slice(open);
    parts.push(open < 0 ? last : last.slice(0, open));
    for (const [i, part] of parts.entries()) {
      if (i % 2 === 1) yield Number(part);
      else if (part !== "") yield part;
    }
  }
  if (rest !== "") yield rest;
}

type Parsed = Pick<CellError, "name" | "message" | "traceback">;

function end(cell: number, error: Parsed): ModuleEvent {
  return { kind: "end", error: { cell, ...error } };
}

/** Reads what Deno says of an uncaught error. */
function parseError(said: string, code: number): Parsed {
  const traceback = said.replace(/\n\s*Stack backtrace:[\s\S]*/, "").trim();
  const [first = ""] = traceback.split("\n");
  const match = first.match(
    /^error: (?:Uncaught (?:\(in promise\) )?)?(?:(\w*Error)\b:? ?)?(.*)$/,
  );
  return {
    name: match?.[1] ?? "Error",
    message: match?.[2] ||
      `The process ended with exit code ${code} and said nothing`,
    traceback,
  };
}
