/**
 * `deno task serve [checkpoint]`: serves a model as an OpenAI-compatible API, until Ctrl-C.
 *
 * Without a checkpoint, the one that was tuned last; without any, the base model. `--port 9000` and
 * `--hostname 0.0.0.0` say where; the environment variable `CRIA_API_KEY` holds the key that
 * clients must send, which any hostname but this machine's own needs. Exits with 1 if the model
 * cannot be opened or the port is taken, with 2 if the arguments are wrong.
 *
 * @module
 */

import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectPath } from "../../core/paths.ts";
import { openEngine } from "../../engine/engine.ts";
import { readTrainerState, templateOf } from "../../export/trainer_state.ts";
import { loadModel } from "../../model/load.ts";
import type { RequestEvent } from "../../serve/service.ts";
import { startServer } from "../../serve/start_server.ts";
import { loadTokenizer } from "../../tokens/tokenizer.ts";
import { STORIES_15M } from "../base_model.ts";
import { newestCheckpoint } from "../newest_checkpoint.ts";
import { exists } from "../setup/exists.ts";
import { Terminal } from "../setup/terminal.ts";

/** What the arguments say. */
interface Wish {
  folder: string | undefined;
  port: number;
  hostname: string;
}

if (import.meta.main) {
  const terminal = new Terminal();
  let wish: Wish;
  try {
    wish = readArguments(Deno.args);
  } catch (error) {
    terminal.line((error as Error).message);
    Deno.exit(2);
  }
  try {
    await serve(wish, terminal);
  } catch (error) {
    terminal.line((error as Error).message);
    Deno.exit(1);
  }
}

/** Serves until the process is told to end. */
async function serve(wish: Wish, terminal: Terminal): Promise<void> {
  const { port, hostname } = wish;
  const folder = await findFolder(wish.folder);
  const { engine, device, problems } = await openEngine();
  terminal.status(`Loading ${shown(folder)}`);
  const model = await loadModel(folder);
  const tokenizer = await loadTokenizer(folder);
  const template = await templateOf(folder);
  const apiKey = Deno.env.get("CRIA_API_KEY");
  const server = startServer({
    model,
    tokenizer,
    template,
    name: nameOf(folder),
    port,
    hostname,
    now: Date.now,
    ...apiKey !== undefined && { apiKey },
    onRequest: (event) => terminal.line(lineOf(event)),
  });
  terminal.status("");
  const tuned = await readTrainerState(folder) !== undefined;
  const millions = (model.parameters / 1e6).toFixed(1);
  for (
    const line of [
      `${server.name}: ${shown(folder)}, ${millions} million parameters, ${
        tuned ? "tuned" : "a base model, which only goes on from a text"
      }`,
      `Engine: ${engine}, ${device}`,
      ...problems.map((problem) => `! ${problem}`),
      `Address: ${server.baseURL}`,
      "",
      example(server, { tuned, key: apiKey !== undefined }),
      "",
      "Ctrl-C ends it.",
    ]
  ) terminal.line(line);
  await interrupted();
  terminal.line("Closing");
  await server[Symbol.asyncDispose]();
  model.dispose();
}

/** Reads the arguments. */
function readArguments(args: string[]): Wish {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: "string", default: "8080" },
      hostname: { type: "string", default: "127.0.0.1" },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new RangeError(
      `Cannot serve as the port must be a whole number from 0 to 65535: current value is ${values.port}`,
    );
  }
  if (positionals.length > 1) {
    throw new RangeError(
      `Cannot serve as there must be at most one checkpoint: current ones are ${
        positionals.join(", ")
      }`,
    );
  }
  return { folder: positionals[0], port, hostname: values.hostname };
}

/** The checkpoint that was asked for, or that was tuned last, or the base model. */
async function findFolder(wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) {
    const found = [resolve(wanted), projectPath("checkpoints", wanted)];
    for (const folder of found.flatMap((path) => [path, join(path, "model")])) {
      if (await exists(join(folder, "model.safetensors"))) return folder;
    }
    throw new Deno.errors.NotFound(
      `Cannot serve ${wanted} as it must be a folder with model.safetensors, or the name of one under checkpoints/: there is none`,
    );
  }
  const base = projectPath("checkpoints", "base", STORIES_15M.name);
  const newest = await newestCheckpoint(projectPath("checkpoints"));
  if (newest !== undefined) return newest;
  if (await exists(join(base, "model.safetensors"))) return base;
  throw new Deno.errors.NotFound(
    "Cannot serve as there must be a checkpoint: there is none under checkpoints/. Run `deno task course` first",
  );
}

/** The name of a checkpoint: that of its run, where it lies in one. */
function nameOf(folder: string): string {
  const name = basename(folder);
  return name === "model" ? basename(dirname(folder)) : name;
}

/** A path as a person at this place would write it. */
function shown(path: string): string {
  return relative(Deno.cwd(), path) || ".";
}

/** A request to try it with. */
function example(
  { baseURL, name }: { baseURL: string; name: string },
  { tuned, key }: { tuned: boolean; key: boolean },
): string {
  const [path, question] = tuned
    ? ["chat/completions", {
      messages: [{
        role: "user",
        content: "Write a story about a brave mouse.",
      }],
      temperature: 0, // OpenAI's default of 1 is too much chance for a small model
    }]
    : ["completions", { prompt: "Once upon a time", "max_tokens": 100 }];
  const body = JSON.stringify({ model: name, ...question });
  return [
    `curl ${baseURL}/${path} \\`,
    ...key ? ['  -H "Authorization: Bearer $CRIA_API_KEY" \\'] : [],
    `  -H "Content-Type: application/json" -d '${body}'`,
  ].join("\n");
}

/** What happened to a request, in a line. */
function lineOf({ method, path, status, usage, ms }: RequestEvent): string {
  const tokens = usage === undefined
    ? ""
    : `, ${usage.promptTokens} tokens read, ${usage.completionTokens} written`;
  return `${method} ${path} ${status} ${Math.round(ms)} ms${tokens}`;
}

/** Resolves when the process is told to end. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    Deno.addSignalListener("SIGINT", () => resolve());
    if (Deno.build.os !== "windows") {
      Deno.addSignalListener("SIGTERM", () => resolve());
    }
  });
}
