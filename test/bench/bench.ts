// deno-lint-ignore-file no-console -- a command prints
/**
 * `deno task bench [name] [--json]`: runs the benchmarks, or those of one name.
 *
 * @module
 */

import { benchEngine } from "./engine.ts";
import type { Speed } from "./interleaved.ts";
import { benchRouge } from "./rouge.ts";

const BENCHES: Record<string, () => Promise<Record<string, Speed[]>>> = {
  engine: benchEngine,
  rouge: benchRouge,
};

const names = Deno.args.filter((argument) => !argument.startsWith("--"));
const unknown = names.find((name) => BENCHES[name] === undefined);
if (unknown !== undefined) {
  console.error(
    `Cannot run the benchmark as its name must be one of ${
      Object.keys(BENCHES).join(", ")
    }: current value is "${unknown}"`,
  );
  Deno.exit(1);
}
const results: Record<string, Speed[]> = {};
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  Object.assign(results, await BENCHES[name]!());
}
if (Deno.args.includes("--json")) {
  console.log(JSON.stringify(results, null, 2));
} else {
  for (const [title, speeds] of Object.entries(results)) {
    console.log(`\n${title}`);
    for (const { name, perSecond, ratio } of speeds) {
      const [speed, times] = [perSecond.toFixed(0), ratio.toFixed(2)];
      console.log(
        `  ${name.padEnd(32)}${speed.padStart(12)}${times.padStart(8)} ×`,
      );
    }
  }
}
