import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { exists } from "../../lib/lab/setup/exists.ts";
import { layout } from "../../lib/lab/setup/layout.ts";
import { setUp } from "../../lib/lab/setup/setup.ts";
import type { SetupEvent } from "../../lib/lab/setup/step.ts";
import { inTurn } from "../../lib/lab/setup/turn.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { type FakePython, fakePython } from "./fake_python.ts";
import { LAPTOP } from "./machine.ts";

const ignore = Deno.build.os === "windows"; // The fakes are shell scripts.

/** Sets up a folder with a fake Python; gives the report, and what was asked of the Python. */
async function trySetUp(root: string, fake: FakePython = {}) {
  const python = await fakePython(root, fake);
  const events: SetupEvent[] = [];
  const report = await setUp({
    root,
    machine: LAPTOP,
    pythons: [python.path],
    onEvent: (event) => events.push(event),
  });
  return { report, events, python };
}

Deno.test({
  name: "setUp() fills an empty folder, and has nothing to do the second time",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const first = await trySetUp(folder.path);
    deepEqual(first.report.problems, []);
    equal(first.report.jupyter && first.report.library, true);
    equal(first.report.changed, true);
    const place = layout(folder.path);
    const kernel = JSON.parse(await Deno.readTextFile(place.kernel));
    equal(kernel.argv[0], Deno.execPath());
    equal(await exists(place.scratch), false);

    const second = await trySetUp(folder.path);
    equal(second.report.changed, false);
    equal(second.report.jupyter && second.report.library, true);
    deepEqual(second.events, []);
    equal(await second.python.asked(""), 0);
  },
});

Deno.test({
  name: "setUp() redoes only what an interruption left undone",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await trySetUp(folder.path);
    const place = layout(folder.path);
    const library = join(place.library, "tensorflow", "libtensorflow_cc.so.2");
    await Deno.truncate(library, 3);
    const { report, events } = await trySetUp(folder.path);
    equal(report.library, true);
    equal((await Deno.stat(library)).size, 7);
    deepEqual(
      events.filter(({ kind }) => kind === "done").map(({ step }) => step),
      ["library"],
    );
  },
});

Deno.test({
  name:
    "setUp() makes the environment anew when its Python is gone, and keeps the library",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await trySetUp(folder.path);
    const place = layout(folder.path);
    await Deno.remove(place.python);
    await Deno.symlink(join(folder.path, "gone"), place.python);
    const { report } = await trySetUp(folder.path);
    deepEqual(report.problems, []);
    equal(report.jupyter && report.library, true);
  },
});

Deno.test({
  name: "setUp() does not take what a killed set-up has downloaded for its own",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const place = layout(folder.path);
    const old = join(place.scratch, "wheel", "another.whl");
    await Deno.mkdir(join(place.scratch, "wheel"), { recursive: true });
    await Deno.writeTextFile(old, "");
    const found = await inTurn(place, () => exists(old));
    equal(found, false);
    equal(await exists(place.scratch), false);
  },
});

Deno.test({
  name: "setUp() installs again what has other pins",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await trySetUp(folder.path);
    const { stamp } = layout(folder.path);
    const text = await Deno.readTextFile(stamp);
    await Deno.writeTextFile(
      stamp,
      text.replace(/"packages": "\w+"/, '"packages": "older"'),
    );
    const { events } = await trySetUp(folder.path);
    deepEqual(
      events.filter(({ kind }) => kind === "done").map(({ step }) => step),
      ["packages"],
    );
  },
});

Deno.test({
  name: "setUp() takes a damaged stamp as none",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await trySetUp(folder.path);
    await Deno.writeTextFile(layout(folder.path).stamp, '{"packages":');
    const { report } = await trySetUp(folder.path);
    equal(report.changed && report.jupyter && report.library, true);
  },
});

Deno.test({
  name: "setUp() writes the kernel's entry anew when another Deno runs",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await trySetUp(folder.path);
    const { kernel } = layout(folder.path);
    const text = await Deno.readTextFile(kernel);
    await Deno.writeTextFile(
      kernel,
      text.replace(Deno.execPath(), "/gone/deno"),
    );
    const { report, events } = await trySetUp(folder.path);
    deepEqual(events.map(({ step }) => step), ["kernel", "kernel"]);
    equal(report.jupyter, true);
    equal(await Deno.readTextFile(kernel), text);
  },
});

Deno.test("setUp() says how to get a Python where there is none", async () => {
  await using folder = await temporaryFolder();
  const { jupyter, library, problems } = await setUp({
    root: folder.path,
    machine: LAPTOP,
    pythons: ["no-such-python"],
  });
  deepEqual([jupyter, library, problems.length], [false, false, 1]);
  match(
    problems[0] ?? "",
    /Python of at least 3\.10: current value is none of no-such-python\. Install/,
  );
});

Deno.test({
  name: "setUp() names the Python that is too old",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const { report, python } = await trySetUp(folder.path, {
      version: "3.9.18",
    });
    match(
      report.problems[0] ?? "",
      /at least 3\.10: current value is 3\.9\.18 \(.*python-/,
    );
    equal(await python.asked("venv"), 0);
  },
});

Deno.test({
  name:
    "setUp() says what each failure of Python means, once, and leaves no downloads",
  ignore,
  async fn(t) {
    const cases: { name: string; fake: FakePython; problem: RegExp }[] = [
      {
        name: "venv is missing",
        fake: {
          venv:
            'echo "The virtual environment was not created as ensurepip is not available."; exit 1',
        },
        problem:
          /make the folder .venv as Python must have its venv module: .*python3-venv/,
      },
      {
        name: "pip is missing",
        fake: { pip: 'echo "python: No module named pip" >&2; exit 1' },
        problem: /as Python must have pip/,
      },
      {
        name: "no network",
        fake: {
          pip:
            'echo "WARNING: Retrying after connection broken by NewConnectionError: Temporary failure in name resolution" >&2; echo "ERROR: No matching distribution found for tensorflow" >&2; exit 1',
        },
        problem: /as the package registry must answer: .*name resolution/,
      },
      {
        name: "disk full",
        fake: {
          pip:
            'echo "ERROR: Could not install: [Errno 28] No space left on device" >&2; exit 1',
        },
        problem: /as the disk must have space/,
      },
      {
        name: "another file under the same name",
        fake: {
          pip:
            'echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2; exit 1',
        },
        problem: /as a download must have the pinned hash/,
      },
      {
        name: "something else",
        fake: { pip: 'echo "something odd" >&2; exit 9' },
        problem:
          /as the command must succeed: current value is "something odd"/,
      },
    ];
    for (const { name, fake, problem } of cases) {
      await t.step(name, async () => {
        await using folder = await temporaryFolder();
        const { report } = await trySetUp(folder.path, fake);
        equal(report.jupyter || report.library, false);
        match(report.problems.join("\n"), problem);
        equal(new Set(report.problems).size, report.problems.length);
        equal(await exists(layout(folder.path).scratch), false);
      });
    }
  },
});

Deno.test({
  name: "setUp() works after a failure has been mended",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const flag = join(folder.path, "offline");
    await Deno.writeTextFile(flag, "");
    const fake = {
      pip: `[ -e "${flag}" ] && { echo ConnectionError >&2; exit 1; }`,
    };
    const before = await trySetUp(folder.path, fake);
    equal(before.report.jupyter, false);
    await Deno.remove(flag);
    const after = await trySetUp(folder.path, fake);
    deepEqual(after.report.problems, []);
    equal(after.report.jupyter && after.report.library, true);
  },
});

Deno.test({
  name: "setUp() has JupyterLab but no library on a machine without one",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const python = await fakePython(folder.path);
    const { jupyter, library, problems } = await setUp({
      root: folder.path,
      machine: { ...LAPTOP, os: "darwin", arch: "aarch64" },
      pythons: [python.path],
    });
    deepEqual([jupyter, library, problems.length], [true, false, 1]);
    match(
      problems[0] ?? "",
      /operating system must be Linux: current value is darwin.*WASM/,
    );
    equal(await python.asked("download"), 0);
  },
});

Deno.test({
  name: "setUp() makes a folder that cannot be written a problem",
  ignore: ignore || Deno.uid() === 0, // Root may write everywhere.
  async fn() {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o555);
    const { problems } = await setUp({ root: folder.path, machine: LAPTOP });
    await Deno.chmod(folder.path, 0o755);
    match(problems.join("\n"), /must be writable/);
  },
});

Deno.test("setUp() makes a file in the place of its folder a problem", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, ".venv"), "");
  const { problems } = await setUp({ root: folder.path, machine: LAPTOP });
  match(problems.join("\n"), /^Cannot change the folder \.venv/);
});

Deno.test({
  name: "two setUp() at once do the work once",
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const python = await fakePython(folder.path);
    const options = {
      root: folder.path,
      machine: LAPTOP,
      pythons: [python.path],
    };
    const reports = await Promise.all([setUp(options), setUp(options)]);
    deepEqual(reports.map(({ jupyter, library }) => jupyter && library), [
      true,
      true,
    ]);
    equal(await python.asked("-m venv"), 1);
  },
});
