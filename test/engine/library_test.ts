import { equal, match, throws } from "node:assert/strict";
import { join } from "node:path";
import { examineLibraryFile } from "../../lib/engine/library_file.ts";
import { openSymbols } from "../../lib/engine/open_symbols.ts";
import { LIBRARY_PATH } from "../../lib/engine/place.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { NATIVE } from "./native.ts";
import { opened } from "./opened.ts";
import { CAN_LOAD, sharedObject } from "./shared_object.ts";

const HERE = { os: "linux", arch: "x86_64" };

/** Writes a file into a folder of its own; gives its path to the test. */
async function withFile(
  bytes: Uint8Array,
  test: (path: string) => void | Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "libtensorflow_cc.so.2");
  await Deno.writeFile(path, bytes);
  await test(path);
}

Deno.test("examineLibraryFile() takes a library for this machine, and says for which machine another is", async () => {
  const cases: [number, string][] = [
    [183, "aarch64"],
    [62, "x86_64"],
    [243, "riscv64"],
    [40, "arm"],
    [9999, "machine 9999"],
  ];
  for (const [machine, name] of cases) {
    await withFile(sharedObject({ machine }), (path) => {
      if (name === HERE.arch) return examineLibraryFile(path, HERE);
      throws(() => examineLibraryFile(path, HERE), {
        name: "TypeError",
        message:
          `Cannot load ${path} as it must be for this processor (x86_64): current file is for ${name}`,
      });
    });
  }
});

Deno.test("examineLibraryFile() tells libraries of other systems by their first bytes", async () => {
  const thin = new Uint8Array(64);
  thin.set([0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]); // 64 bits, arm64
  const fat = new Uint8Array(64);
  const view = new DataView(fat.buffer);
  [0xcafebabe, 2, 0x01000007].forEach((value, i) =>
    view.setUint32(4 * i, value)
  );
  view.setUint32(28, 0x0100000c);
  const windows = new Uint8Array(128);
  windows.set([0x4d, 0x5a]);
  windows.set([64, 0, 0, 0], 60);
  windows.set([0x50, 0x45, 0, 0, 0x64, 0x86], 64);
  const mac = { os: "darwin", arch: "aarch64" };
  for (const bytes of [thin, fat]) {
    await withFile(bytes, (path) => {
      examineLibraryFile(path, mac);
      throws(
        () => examineLibraryFile(path, HERE),
        /^TypeError: Cannot load .* this system \(linux\): current file is for darwin$/,
      );
    });
  }
  await withFile(thin, (path) =>
    throws(
      () => examineLibraryFile(path, { ...mac, arch: "x86_64" }),
      /this processor \(x86_64\): current file is for aarch64$/,
    ));
  await withFile(windows, (path) => {
    examineLibraryFile(path, { os: "windows", arch: "x86_64" });
    throws(() => examineLibraryFile(path, HERE), /is for windows$/);
  });
  await withFile(
    sharedObject({ machine: 183 }),
    (path) => throws(() => examineLibraryFile(path, mac), /is for linux$/),
  );
});

Deno.test("examineLibraryFile() notices a file that is cut short anywhere", async () => {
  const whole = sharedObject({ machine: 62 });
  await withFile(whole, (path) => examineLibraryFile(path, HERE));
  for (const size of [whole.length - 1, 1 << 16, 5000, 100]) {
    await withFile(whole.subarray(0, size), (path) =>
      throws(
        () => examineLibraryFile(path, HERE),
        new RegExp(
          size < 500 ? "must be a native library" : [
            `^SyntaxError: Cannot load .* as it must have all of its `,
            `${whole.length} bytes: current size is ${size}. Delete it`,
          ].join(""),
        ),
      ));
  }
});

Deno.test("examineLibraryFile() notices that code is cut off where a library has no sections", async () => {
  const stripped = sharedObject({ machine: 62 });
  stripped.fill(0, 40, 48); // where the list of sections is
  stripped.fill(0, 60, 62); // how many there are
  const end = stripped.length - 64;
  await withFile(
    stripped.subarray(0, end),
    (path) => examineLibraryFile(path, HERE),
  );
  await withFile(stripped.subarray(0, end - 1), (path) =>
    throws(
      () => examineLibraryFile(path, HERE),
      new RegExp(`all of its ${end} bytes: current size is ${end - 1}\\.`),
    ));
});

Deno.test("examineLibraryFile() looks at the library beside it too", async () => {
  await withFile(sharedObject({ machine: 62 }), async (path) => {
    const beside = join(path, "..", "libtensorflow_framework.so.2");
    await Deno.writeFile(beside, sharedObject({ machine: 183 }));
    throws(
      () => examineLibraryFile(path, HERE),
      /libtensorflow_framework\.so\.2 as it must be for this processor/,
    );
    await Deno.writeFile(beside, sharedObject({ machine: 62 }));
    examineLibraryFile(path, HERE);
  });
});

Deno.test("examineLibraryFile() refuses what is empty or no library", async () => {
  for (const text of ["", "MZ", "{}\n".repeat(2000)]) {
    await withFile(new TextEncoder().encode(text), (path) =>
      throws(
        () => examineLibraryFile(path),
        /^SyntaxError: Cannot load .* as it must be a native library/,
      ));
  }
});

Deno.test({
  name:
    "openSymbols() tells the version that it needs and the one that it found",
  ignore: !CAN_LOAD,
  async fn() {
    for (const version of ["2.9.1", "2.15.0-rc1", "1.99.0"]) {
      await withFile(
        sharedObject({ texts: { TF_Version: version } }),
        (path) =>
          throws(
            () => openSymbols(path),
            {
              name: "RangeError",
              message:
                `Cannot use ${path} as TensorFlow must be at least 2.16: current version is ${version}. Run \`deno task setup\`, or name another with LIBTENSORFLOW`,
            },
          ),
      );
    }
  },
});

Deno.test({
  name: "openSymbols() names the function that a library lacks",
  ignore: !CAN_LOAD,
  async fn() {
    for (const version of ["2.16.0", "2.99.1", "3.0.0"]) {
      await withFile(
        sharedObject({ texts: { TF_Version: version } }),
        (path) =>
          throws(
            () => openSymbols(path),
            (error: Error) => {
              equal(error.name, "TypeError");
              match(
                error.message,
                /must have the function TFE?_\w+: current file/,
              );
              return error.message.includes(`TensorFlow ${version}, has none`);
            },
          ),
      );
    }
    await withFile(
      sharedObject({ texts: { sqlite3_libversion: "3" } }),
      (path) =>
        throws(
          () => openSymbols(path),
          /^TypeError: .* must be TensorFlow's library: current file has no function TF_Version/,
        ),
    );
  },
});

Deno.test({
  name:
    "openEngine() names the library that is missing beside TensorFlow's, and goes on to WASM",
  ignore: !NATIVE || Deno.env.get("LIBTENSORFLOW") !== undefined,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "libtensorflow_cc.so.2");
    await Deno.symlink(LIBRARY_PATH, path);
    const { engine, problems } = await opened({
      LIBTENSORFLOW: path,
      CRIA_DEVICE: "cpu",
    });
    equal(engine, "wasm");
    match(
      problems[0],
      /^tensorflow: Cannot load .* as libtensorflow_framework\.so\.2, which it needs, must be beside it/,
    );
  },
});

Deno.test({
  name: "openEngine() survives half a library, and goes on to WASM",
  ignore: !CAN_LOAD,
  async fn() {
    const whole = sharedObject({ texts: { TF_Version: "2.21.0" } });
    await withFile(whole.subarray(0, 70_000), async (path) => {
      const report = await opened({
        LIBTENSORFLOW: path,
        CRIA_DEVICE: "cpu",
      });
      equal(report.engine, "wasm");
      equal(report.sum, 3);
      equal(report.stderr, "");
      match(
        report.problems[0],
        /^tensorflow: Cannot load .* must have all of its \d+ bytes: current size is 70000/,
      );
    });
  },
});
