/**
 * `deno task course`: sets up what is missing, runs every notebook in a fresh Deno kernel, and writes
 * executed copies, `report.json` and `report.html` under `checkpoints/course/`.
 *
 * `--only 03,05` runs some; `--preset tiny` chooses a preset; `--engine wasm` an engine; `--direct` lets Deno
 * run the cells itself. Exits with 1 if a cell fails, with 2 if the arguments are wrong.
 *
 * @module
 */

import { relative } from "node:path";
import { parseArgs } from "node:util";
import { projectPath } from "../../core/paths.ts";
import { engineByName } from "../../engine/engine.ts";
import { runCourse } from "../course/course.ts";
import { COURSE_FOLDER } from "../course/headline.ts";
import type { CourseReport } from "../course/report.ts";
import { CourseShow } from "../course/show_course.ts";
import { summarize } from "../course/summary.ts";
import { presetByName } from "../presets.ts";
import { announcer } from "../setup/announce.ts";
import { run } from "../setup/command.ts";
import { layout } from "../setup/layout.ts";
import { setUp } from "../setup/setup.ts";
import { Terminal } from "../setup/terminal.ts";

if (import.meta.main) {
  try {
    const report = await main(Deno.args);
    if (!report.ok) Deno.exit(1);
  } catch (error) {
    if (!isMisuse(error)) throw error;
    new Terminal().line(error.message);
    Deno.exit(2);
  }
}

/** Runs the course as the arguments say. */
async function main(args: string[]): Promise<CourseReport> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: "" },
      preset: { type: "string", default: "tiny" },
      engine: { type: "string", default: Deno.env.get("CRIA_ENGINE") ?? "" },
      direct: { type: "boolean", default: false },
    },
  });
  presetByName(values.preset); // refuses a wrong name before anything is set up
  engineByName(values.engine);
  const terminal = new Terminal();
  const setup = await setUp({ onEvent: announcer(terminal) });
  const env: Record<string, string> = values.engine === ""
    ? {}
    : { CRIA_ENGINE: values.engine };
  const events = runCourse({
    notebooks: projectPath("notebooks"),
    folder: COURSE_FOLDER,
    ...(setup.jupyter && !values.direct ? { jupyter: layout() } : {}),
    only: values.only.split(",").map((key) => key.trim()).filter(Boolean),
    preset: values.preset,
    env,
    engine: await askEngine(env),
    problems: setup.problems,
  });
  using show = new CourseShow(terminal);
  for await (const event of events) {
    show.add(event);
    if (event.kind !== "report") continue;
    const page = relative(Deno.cwd(), `${COURSE_FOLDER}/report.html`);
    // deno-lint-ignore no-console -- The answer of a command.
    console.log(`\n${summarize(event.report)}\n${page}`);
    return event.report;
  }
  throw new Error("Cannot sum the course up as it must end with a report");
}

/** Asks the doctor, in a process of its own: an open engine would take memory from the notebooks. */
async function askEngine(env: Record<string, string>) {
  const doctor = projectPath("lib", "lab", "commands", "doctor.ts");
  const { code, stdout } = await run(
    Deno.execPath(),
    ["run", "--allow-all", "--quiet", doctor, "--json"],
    { env },
  );
  return code === 0 ? JSON.parse(stdout) : null;
}

/** Whether an error tells of wrong arguments. */
function isMisuse(error: unknown): error is Error {
  return error instanceof RangeError ||
    error instanceof TypeError && "code" in error &&
      String(error.code).startsWith("ERR_PARSE_ARGS");
}
