import { TextLineStream } from "../../../lib/lab/course/line_stream.ts";

const KEPT_LINES = 12;

/** A process that is asked on standard input and answers each question with one line of JSON. */
export interface Child {
  /** What it said before it was asked anything. */
  hello: unknown;
  /** Asks one question, and waits for the answer; one at a time. */
  ask: (question: string) => Promise<unknown>;
  /** Asks it to quit, and waits until it has. */
  close: () => Promise<void>;
}

/**
 * Starts a process that speaks in lines, and waits for its first one.
 *
 * @param command A path, or a name to look for on `PATH`.
 * @param args Its arguments.
 * @returns The process.
 * @throws {Error} If it ends instead of answering, with the end of what it wrote to standard error.
 */
export async function openChild(
  command: string,
  args: string[],
): Promise<Child> {
  const child = new Deno.Command(command, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints: string[] = [];
  const listened = (async () => {
    for await (const line of lines(child.stderr)) {
      complaints.push(line);
      if (complaints.length > KEPT_LINES) complaints.shift();
    }
  })();
  const answers = lines(child.stdout).getReader();
  const questions = child.stdin.getWriter();
  return { hello: await answer(), ask, close };

  async function ask(question: string): Promise<unknown> {
    await send(question);
    return await answer();
  }

  async function answer(): Promise<unknown> {
    const { value } = await answers.read();
    if (value !== undefined) return JSON.parse(value);
    const { code } = await end();
    const asked = [command, ...args].join(" ").slice(0, 200);
    throw new Error(
      `Cannot get an answer from \`${asked}\` as it must go on running: current exit code is ${code}\n${
        complaints.join("\n")
      }`,
    );
  }

  async function send(line: string): Promise<void> {
    // One that has ended cannot be written to; the missing answer tells why.
    await questions.write(new TextEncoder().encode(`${line}\n`)).catch(
      () => {},
    );
  }

  async function close(): Promise<void> {
    await send("quit");
    await end();
  }

  async function end(): Promise<Deno.CommandStatus> {
    await questions.close().catch(() => {});
    for (let done = false; !done;) ({ done } = await answers.read());
    await listened;
    return await child.status;
  }
}

/** What a process writes, line by line. */
function lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  return stream.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
}
