import { existsSync } from "node:fs";
import { deepEqual, equal, match } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import { run } from "../../lib/lab/setup/command.ts";
import type { ListedDevice } from "../../lib/engine/devices.ts";
import { layout } from "../../lib/lab/setup/layout.ts";

/** Runs a command of the lab as a user would. */
function command(
  name: string,
  args: string[],
  env: Record<string, string> = {},
) {
  const path = projectPath("lib", "lab", "commands", `${name}.ts`);
  return run(
    Deno.execPath(),
    ["run", "--allow-all", "--quiet", path, ...args],
    {
      env: { NO_COLOR: "1", ...env },
    },
  );
}

Deno.test("doctor --json gives one line with every field", async () => {
  const { code, stdout } = await command("doctor", ["--json"], {
    CRIA_ENGINE: "wasm",
  });
  equal(code, 0);
  equal(stdout.trim().split("\n").length, 1);
  const found = JSON.parse(stdout);
  deepEqual(Object.keys(found), [
    "engine",
    "device",
    "devices",
    "precision",
    "library",
    "libraryVersion",
    "deno",
    "kernel",
    "python",
    "problems",
  ]);
  equal(found.engine, "wasm");
  equal(found.library, null);
  deepEqual(
    found.devices.map(({ id, chosen }: ListedDevice) => ({ id, chosen })),
    [{ id: "cpu", chosen: true }],
  );
  match(found.precision, /^float32: /);
  equal(found.deno, Deno.version.deno);
});

Deno.test("doctor says what is wrong with an engine that cannot be opened", async () => {
  const { code, stdout } = await command("doctor", [], {
    CRIA_ENGINE: "abacus",
  });
  equal(code, 0);
  match(stdout, /^engine +none$/m);
  match(stdout, /^devices +none$/m);
  match(stdout, /^! .*abacus/m);
});

Deno.test("doctor tells every device, which one is in use, and the best precision and why", async () => {
  const { code, stdout } = await command("doctor", [], { CRIA_DEVICE: "cpu" });
  equal(code, 0);
  match(stdout, /^devices +cpu: .+, \d+ cores?, \d+\.\d GB \(in use\)$/m);
  match(stdout, /^precision +(float32|bfloat16): \w+/m);
});

Deno.test("course refuses arguments that it does not know", async () => {
  const { code, stderr } = await command("course", ["--fast"]);
  equal(code, 2);
  match(stderr, /--fast/);
  equal(/\n\s+at /.test(stderr), false);
});

Deno.test("course refuses a preset or an engine that there is not, before it sets anything up", async () => {
  for (const option of ["--preset", "--engine"]) {
    const { code, stdout, stderr } = await command("course", [option, "nope"]);
    equal(code, 2);
    match(stdout + stderr, /must be one of .*current value is "nope"/);
  }
});

Deno.test({
  name: "lab passes arguments on to JupyterLab, with or without -- before them",
  ignore: !existsSync(layout().jupyter),
  fn: async () => {
    for (const args of [["--version"], ["--", "--version"]]) {
      const { code, stdout } = await command("lab", args);
      equal(code, 0);
      match(stdout, /\d+\.\d+\.\d+/);
    }
  },
});
