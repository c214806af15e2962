import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { NATIVE } from "./native.ts";

const PROGRAM = `
import { openEngine } from "cria/engine/engine.ts";
import * as tf from "@tensorflow/tfjs";
try {
  const report = await openEngine();
  const sum = tf.add(1, 2).arraySync();
  console.log(JSON.stringify({ ...report, sum, backend: tf.getBackend() }));
} catch (error) {
  console.log(JSON.stringify({ error: String(error) }));
}
`;

/** Opens the engine in a process of its own, with an environment of its own. */
async function opened(env: Record<string, string>) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", PROGRAM],
    cwd: projectPath(),
    env: { CRIA_ENGINE: "", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ...JSON.parse(text(stdout)), stderr: text(stderr) };
}

Deno.test("openEngine() gives one report, however often it is called", async () => {
  const first = await openEngine();
  equal(await openEngine(), first);
  equal(await openEngine({ engine: first.engine }), first);
  equal(tf.getBackend(), first.engine);
});

Deno.test({
  name:
    "openEngine() prefers TensorFlow, tells its library, and lets none of its notices through",
  ignore: !NATIVE,
  async fn() {
    const { stderr, ...report } = await opened({});
    equal(report.engine, "tensorflow");
    match(report.library, /libtensorflow/);
    match(report.libraryVersion, /^\d+\.\d+/);
    match(report.device, /^[CG]PU, \d+/);
    deepEqual([report.problems, report.sum, stderr], [[], 3, ""]);
  },
});

Deno.test("openEngine() takes the engine that CRIA_ENGINE names", async () => {
  for (const engine of ["wasm", "cpu"]) {
    const report = await opened({ CRIA_ENGINE: engine });
    deepEqual([report.engine, report.backend, report.sum], [engine, engine, 3]);
    deepEqual([report.library, report.libraryVersion], [null, null]);
    deepEqual(report.problems, []);
  }
});

Deno.test("openEngine() refuses a CRIA_ENGINE that names none", async () => {
  const { error } = await opened({ CRIA_ENGINE: "abacus" });
  equal(
    error,
    'RangeError: Cannot open the engine as its name (CRIA_ENGINE) must be one of tensorflow, wasm, cpu: current value is "abacus"',
  );
});

Deno.test("openEngine() falls back to WASM if the library is not there, and says how to mend it", async () => {
  const path = projectPath("no", "such", "library.so");
  const report = await opened({ LIBTENSORFLOW: path });
  deepEqual([report.engine, report.sum], ["wasm", 3]);
  equal(report.problems.length, 1);
  ok(report.problems[0].startsWith(
    `tensorflow: there is no library at ${path}; run \`deno task setup\``,
  ));
});

Deno.test("openEngine() falls back to WASM if the file is no library, and names it", async () => {
  const path = projectPath("deno.json");
  const report = await opened({ LIBTENSORFLOW: path });
  deepEqual([report.engine, report.sum, report.stderr], ["wasm", 3, ""]);
  equal(report.problems.length, 1);
  const [problem] = report.problems as string[];
  match(problem!, /^tensorflow: /);
  ok(problem!.includes(path), problem!);
});

Deno.test("openEngine() does not fall back from an engine that was asked for", async () => {
  const path = projectPath("no", "such", "library.so");
  const { error } = await opened({
    LIBTENSORFLOW: path,
    CRIA_ENGINE: "tensorflow",
  });
  ok(error.startsWith(
    `Error: Cannot open an engine: tensorflow: there is no library at ${path}`,
  ));
});

Deno.test("openEngine() refuses an engine that tfjs does not have", async () => {
  await rejects(
    openEngine({ engine: "abacus" as "cpu" }),
    /^Error: Cannot open an engine: abacus: /,
  );
});
