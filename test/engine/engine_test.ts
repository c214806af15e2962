import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import type { Device } from "../../lib/engine/devices.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { NATIVE } from "./native.ts";
import { opened } from "./opened.ts";

Deno.test("openEngine() gives one report, however often it is called", async () => {
  const first = await openEngine();
  equal(await openEngine(), first);
  equal(await openEngine({ engine: first.engine }), first);
  equal(tf.getBackend(), first.engine);
});

Deno.test("openEngine() keeps its device, and the engine, when another device is asked for", async () => {
  const first = await openEngine();
  const { id } = first.devices.find(({ chosen }) => chosen)!;
  equal(await openEngine({ device: id.toUpperCase() }), first);
  await rejects(openEngine({ device: "gpu:42" }), RangeError);
  equal(await openEngine(), first);
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
    match(report.device, /^(CPU, \d+ cores|GPU, .+)$/);
    match(report.precision, /^(float32|bfloat16): .+/);
    for (const device of report.devices) {
      ok(device.name.length > 0 && device.memory > 1e8);
    }
    deepEqual([report.problems, report.sum, stderr], [[], 3, ""]);
  },
});

Deno.test("openEngine() takes the engine that CRIA_ENGINE names", async () => {
  for (const engine of ["wasm", "cpu"]) {
    const report = await opened({ CRIA_ENGINE: engine });
    deepEqual([report.engine, report.backend, report.sum], [engine, engine, 3]);
    deepEqual([report.library, report.libraryVersion], [null, null]);
    equal(report.precision.startsWith("float32: "), true);
    deepEqual(report.devices.map(({ id }: Device) => id), ["cpu"]);
    deepEqual(report.problems, []);
  }
});

Deno.test("openEngine() refuses a CRIA_ENGINE that names none", async () => {
  const { error } = await opened({ CRIA_ENGINE: "abacus" });
  equal(
    error,
    'RangeError: Cannot open the engine as its name (CRIA_ENGINE) must be one of tensorflow, webgpu, wasm, cpu: current value is "abacus"',
  );
});

Deno.test("openEngine() falls back to WASM if the library is not there, and says how to mend it", async () => {
  const path = projectPath("no", "such", "library.so");
  const report = await opened({
    LIBTENSORFLOW: path,
    CRIA_DEVICE: "cpu",
  });
  deepEqual([report.engine, report.sum], ["wasm", 3]);
  ok(report.problems[0].startsWith(
    `tensorflow: there is no library at ${path}; run \`deno task setup\``,
  ));
});

Deno.test("openEngine() falls back to WASM if the file is no library, and names it", async () => {
  const path = projectPath("deno.json");
  const report = await opened({
    LIBTENSORFLOW: path,
    CRIA_DEVICE: "cpu",
  });
  deepEqual([report.engine, report.sum, report.stderr], ["wasm", 3, ""]);
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
