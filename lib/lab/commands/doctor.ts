/**
 * `deno task doctor`: says which engine, device, library and kernel there are, and how to mend what is
 * missing. With `--json`, says it as one line of JSON.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { ListedDevice } from "../../engine/devices.ts";
import { examine } from "../setup/examine.ts";

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: { json: { type: "boolean", default: false } },
  });
  const found = await examine();
  const { problems, ...rest } = found;
  const devices = found.devices.map(inWords).join(`\n${"".padEnd(16)}`);
  const lines = Object.entries({ ...rest, devices: devices || null })
    .map(([name, value]) => `${name.padEnd(16)}${value ?? "none"}`);
  const text = values.json ? JSON.stringify(found) : [
    ...lines,
    ...problems.map((problem) => `! ${problem}`),
    problems.length === 0 ? "Everything is as good as it gets here." : "",
  ].join("\n").trimEnd();
  // deno-lint-ignore no-console -- The answer of a command.
  console.log(text);
}

/** A device in one line; another than the one in use is chosen with CRIA_DEVICE. */
function inWords(
  { id, name, memory, computeCapability, chosen }: ListedDevice,
): string {
  const facts = [
    name,
    ...memory === null ? [] : [`${(memory / 1e9).toFixed(1)} GB`],
    ...computeCapability === undefined
      ? []
      : [`compute capability ${computeCapability}`],
  ];
  const use = chosen ? "in use" : `CRIA_DEVICE=${id} takes it`;
  return `${id}: ${facts.join(", ")} (${use})`;
}
