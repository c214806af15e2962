/**
 * Keeps notebooks clean. `strip` empties outputs and formats; `check` refuses a notebook that is not
 * formatted, does not type-check, does what a cell must not do, or is neither stripped nor run from top to
 * bottom. Both take paths, or else go through `notebooks/`.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectPath } from "../../lib/core/paths.ts";
import { writeAtomic } from "../../lib/io/atomic.ts";
import { joinCells } from "../../lib/lab/course/join_cells.ts";
import {
  codeCells,
  type Notebook,
  readNotebook,
  whole,
} from "../../lib/lab/course/notebook.ts";

/** What a cell must not do, and why. */
const FORBIDDEN: readonly { sign: RegExp; law: string }[] = [
  {
    sign: /\bimport\.meta\b/,
    law:
      "import.meta is a syntax error in Deno's kernel: take paths from the project's lib",
  },
  {
    sign:
      /\bfrom\s+["']\.{1,2}\/|\bimport\(\s*["']\.{1,2}\/|^import\s+["']\.{1,2}\//m,
    law:
      'relative imports break where the notebook is moved: import from "cria"',
  },
];

/** What every notebook says of its kernel; `deno fmt` passes over cells of a language that is not named. */
const METADATA = {
  kernelspec: { "display_name": "Deno", language: "typescript", name: "deno" },
  "language_info": {
    "file_extension": ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
  },
};

if (import.meta.main) {
  const [task, ...given] = Deno.args;
  const paths = given.length > 0 ? given : await listNotebooks();
  if (task === "strip") {
    for (const path of paths) await strip(path);
  } else if (task === "check") {
    const problems = await check(paths);
    for (const problem of problems) say(problem);
    say(`${paths.length} notebooks, ${problems.length} problems`);
    if (problems.length > 0) Deno.exit(1);
  } else {
    say(
      `Cannot go on as the task must be strip or check: current value is ${task}`,
    );
    Deno.exit(2);
  }
}

/** Writes a line of a command's answer. */
function say(text: string): void {
  // deno-lint-ignore no-console -- The answer of a command.
  console.error(text);
}

/** Empties every output and execution count, names kernel and language, and formats every cell. */
export async function strip(path: string): Promise<void> {
  const notebook = await readNotebook(path);
  for (const cell of codeCells(notebook)) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  Object.assign(notebook.metadata, METADATA);
  const text = JSON.stringify(notebook, null, 1) + "\n";
  await writeAtomic(path, await format(text));
}

/** Lists what is wrong with notebooks, a line or more for each problem. */
export async function check(paths: readonly string[]): Promise<string[]> {
  const each = await Promise.all(paths.map(checkAlone));
  return [...each.flat(), ...await typeErrors(paths)];
}

/** Lists what can be seen to be wrong without the compiler. */
async function checkAlone(path: string): Promise<string[]> {
  const problems: string[] = [];
  const text = await Deno.readTextFile(path);
  let notebook: Notebook;
  try {
    notebook = await readNotebook(path);
  } catch (error) {
    return [(error as Error).message];
  }
  if (text !== await format(text)) {
    problems.push(`${path} is not formatted: run \`deno task strip\``);
  }
  for (const key of ["kernelspec", "language_info"] as const) {
    const { name } = (notebook.metadata[key] ?? {}) as { name?: string };
    if (name === METADATA[key].name) continue;
    problems.push(
      `${path} must have "${
        METADATA[key].name
      }" as ${key}.name: current value is ${name}`,
    );
  }
  const cells = codeCells(notebook);
  const counts = cells.map((cell) => cell.execution_count ?? 0);
  const stripped = counts.every((count) => count === 0);
  if (!stripped && !counts.every((count, i) => count === i + 1)) {
    problems.push(`${path} was run out of order`);
  }
  cells.forEach((cell, i) => {
    if (cell.outputs?.some((output) => output.output_type === "error")) {
      problems.push(`${path} code cell ${i + 1} failed`);
    }
    for (const { sign, law } of FORBIDDEN) {
      if (sign.test(whole(cell.source))) {
        problems.push(`${path} code cell ${i + 1}: ${law}`);
      }
    }
  });
  return problems;
}

/** Type-checks the cells of each notebook as one module, which lies beside the notebook meanwhile. */
async function typeErrors(paths: readonly string[]): Promise<string[]> {
  const modules: Module[] = [];
  try {
    for (const path of paths) {
      const notebook = await readNotebook(path).catch(() => undefined);
      if (notebook === undefined) continue; // Was reported already.
      const file = join(
        dirname(path),
        `.${basename(path)}.${Deno.pid}.check.ipynb.ts`,
      );
      const { text, locate } = joinCells(notebook);
      modules.push({ path, file, locate });
      await Deno.writeTextFile(file, text);
    }
    if (modules.length === 0 || await compile(modules) === "") return [];
    // One module that cannot be parsed hides what is wrong with the others.
    const said = await Promise.all(modules.map((module) => compile([module])));
    return said.flatMap((text, i) => inNotebook(text, modules[i]));
  } finally {
    for (const { file } of modules) await Deno.remove(file).catch(() => {});
  }
}

/** A notebook's code as a module. */
interface Module {
  path: string;
  file: string;
  locate: (line: number) => { cell: number; line: number } | undefined;
}

/** Type-checks modules; gives what the compiler says, nothing if all is well. */
async function compile(modules: readonly Module[]): Promise<string> {
  const files = modules.map(({ file }) => file);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", ...files],
    env: { NO_COLOR: "1" },
  }).output();
  return success
    ? ""
    : stripVTControlCharacters(new TextDecoder().decode(stderr));
}

/** Turns what the compiler says of a module into problems of its notebook. */
function inNotebook(said: string, module: Module | undefined): string[] {
  if (module === undefined) return [];
  const { path, locate } = module;
  return said.replaceAll(
    /(?:file:\/\/)?[^\s]*\.check\.ipynb\.ts(?::(\d+):(\d+))?/g,
    (_, line?: string, column?: string) => {
      const place = locate(Number(line));
      return place === undefined
        ? path
        : `${path} code cell ${place.cell}, line ${place.line}, column ${column}`;
    },
  ).split(/\n{2,}/).map((text) =>
    text.replace(/\nStack backtrace:[\s\S]*/, "").trim()
  )
    .filter((text) =>
      text !== "" && !/^(error: Type|Found \d+ err|Stack back)/.test(text)
    );
}

/**
 * Formats the text of a notebook.
 *
 * By way of standard input, as `deno fmt --check` of Deno 2.9 calls a notebook unformatted unless every
 * cell ends in a newline.
 */
async function format(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=ipynb", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [formatted, said, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
    ReadableStream.from([text]).pipeThrough(new TextEncoderStream())
      .pipeTo(child.stdin),
  ]);
  if (status.success) return formatted;
  throw new SyntaxError(`Cannot format notebook: ${said.trim()}`);
}

/** The notebooks of the course. */
async function listNotebooks(): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(projectPath("notebooks"))) {
    if (name.endsWith(".ipynb")) paths.push(join("notebooks", name));
  }
  return paths.sort();
}
