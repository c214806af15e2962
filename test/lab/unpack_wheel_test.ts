import { deepEqual, equal, notEqual } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../lib/lab/setup/command.ts";
import { findPython } from "../../lib/lab/setup/python.ts";
import { temporaryFolder } from "../temporary_folder.ts";

const UNPACK = fileURLToPath(
  new URL("../../lib/lab/setup/unpack_wheel.py", import.meta.url),
);
const choice = await findPython();
const python = choice.kind === "found" ? choice.command : "";

/** Writes a wheel with four files in it. */
async function makeWheel(path: string): Promise<void> {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr("a/lib/one.so.2", "one")
    wheel.writestr("a/lib/two.py", "two")
    wheel.writestr("b/lib/three.so", "three")
    tool = zipfile.ZipInfo("b/bin/tool")
    tool.external_attr = 0o755 << 16
    wheel.writestr(tool, "tool")
`;
  const { code, stderr } = await run(python, ["-c", script, path]);
  equal(code, 0, stderr);
}

Deno.test({
  name:
    "unpack_wheel.py takes the parts that are asked for, and gives their sizes",
  ignore: python === "",
  async fn() {
    await using folder = await temporaryFolder();
    const wheel = join(folder.path, "a.whl");
    const target = join(folder.path, "out");
    await makeWheel(wheel);
    const args = [UNPACK, wheel, target, "*/lib/*.so*", "b/bin/*"];
    const { stdout } = await run(python, args);
    deepEqual(JSON.parse(stdout), {
      "a/lib/one.so.2": 3,
      "b/lib/three.so": 5,
      "b/bin/tool": 4,
    });
    equal(
      await Deno.readTextFile(join(target, "b", "lib", "three.so")),
      "three",
    );
    const lib = await Array.fromAsync(Deno.readDir(join(target, "a", "lib")));
    deepEqual(lib.map(({ name }) => name), ["one.so.2"]);
    if (Deno.build.os !== "windows") {
      const { mode } = await Deno.stat(join(target, "b", "bin", "tool"));
      equal((mode ?? 0) & 0o111, 0o111);
    }
  },
});

Deno.test({
  name:
    "unpack_wheel.py leaves no part of a file behind if the wheel is damaged",
  ignore: python === "",
  async fn() {
    await using folder = await temporaryFolder();
    const wheel = join(folder.path, "a.whl");
    const target = join(folder.path, "out");
    await makeWheel(wheel);
    const bytes = await Deno.readFile(wheel);
    bytes.fill(0, 40, 48); // Inside the first file's data and the next one's header.
    await Deno.writeFile(wheel, bytes);
    const { code } = await run(python, [UNPACK, wheel, target, "*"]);
    notEqual(code, 0);
    const lib = await Array.fromAsync(Deno.readDir(join(target, "a", "lib")));
    deepEqual(lib.map(({ name }) => name), []);
  },
});
