import { deepEqual, match } from "node:assert/strict";
import { chooseTarget, type Machine } from "../../lib/lab/setup/target.ts";
import { LAPTOP } from "./machine.ts";

Deno.test("chooseTarget() takes the GPU's library where there are a driver and space", () => {
  deepEqual(chooseTarget({ ...LAPTOP, nvidia: true }), {
    kind: "library",
    target: "cuda-x86_64",
  });
});

Deno.test("chooseTarget() takes the CPU's library and says so where the GPU's would not fit", () => {
  const choice = chooseTarget({ ...LAPTOP, nvidia: true, freeGigabytes: 3 });
  deepEqual(choice.kind === "library" && choice.target, "cpu-x86_64");
  match(
    choice.problem ?? "",
    /9 GB of disk must be free: current value is 3\.0 GB/,
  );
});

Deno.test("chooseTarget() takes the CPU's library on ARM", () => {
  deepEqual(chooseTarget({ ...LAPTOP, arch: "aarch64", avx: false }), {
    kind: "library",
    target: "cpu-aarch64",
  });
});

Deno.test("chooseTarget() says what a machine without a library lacks", () => {
  const cases: [Partial<Machine>, RegExp][] = [
    [{ os: "windows" }, /must be Linux: current value is windows/],
    [{ os: "darwin", arch: "aarch64" }, /must be Linux/],
    [
      { arch: "riscv64" },
      /must be x86_64 or aarch64: current value is riscv64/,
    ],
    [{ musl: true }, /must be glibc: current value is musl/],
    [{ avx: false }, /must have AVX/],
  ];
  for (const [difference, problem] of cases) {
    const choice = chooseTarget({ ...LAPTOP, ...difference });
    deepEqual(choice.kind, "none");
    match(choice.problem ?? "", problem);
  }
});
