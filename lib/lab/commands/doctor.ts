/**
 * `deno task doctor`: says which engine, device, library and kernel there are, and how to mend what is
 * missing. With `--json`, says it as one line of JSON.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { examine } from "../setup/examine.ts";

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { json: { type: "boolean", default: false } },
  });
  const found = await examine();
  const { problems, ...facts } = found;
  const lines = Object.entries(facts).map(([name, value]) =>
    `${name.padEnd(16)}${value ?? "none"}`
  );
  const text = values.json ? JSON.stringify(found) : [
    ...lines,
    ...problems.map((problem) => `! ${problem}`),
    problems.length === 0 ? "Everything is as good as it gets here." : "",
  ].join("\n").trimEnd();
  // deno-lint-ignore no-console -- The answer of a command.
  console.log(text);
}
