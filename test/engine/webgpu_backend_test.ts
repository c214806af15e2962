import { deepEqual, equal, match, ok } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import { isSoftware } from "../../lib/engine/webgpu_backend.ts";
import golden from "../golden/self_test.json" with { type: "json" };
import { opened } from "./opened.ts";
import type { Trial } from "./webgpu_trial.ts";

/** What the trial prints; it may crash when it ends, and has printed then. */
async function tried(...faults: string[]): Promise<unknown> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      projectPath("test", "engine", "webgpu_trial.ts"),
      ...faults,
    ],
    cwd: projectPath(),
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

const trial = await tried() as Trial | null;
const ignore = trial === null;
const { name, software, report, large } = trial ?? {} as Trial;

Deno.test("isSoftware() knows drivers that compute on the processor by their names", () => {
  const named = (description: string) =>
    isSoftware({
      vendor: "",
      architecture: "",
      description,
      isFallbackAdapter: false,
    });
  for (
    const name of [
      "llvmpipe (LLVM 15.0.6, 256 bits)",
      "SwiftShader Device (Subzero)",
      "Microsoft Basic Render Driver",
    ]
  ) ok(named(name), name);
  for (
    const name of [
      "NVIDIA H100 80GB HBM3",
      "Intel(R) Iris(R) Xe Graphics (TGL GT2)",
      "Apple M2",
      "AMD Radeon RX 6800 (RADV NAVI21)",
      "",
    ]
  ) ok(!named(name), name);
});

Deno.test("isSoftware() believes an adapter that calls itself a fallback", () => {
  const unknown = { vendor: "x", architecture: "y", description: "" };
  ok(isSoftware({ ...unknown, isFallbackAdapter: true }));
  ok(!isSoftware({ ...unknown, isFallbackAdapter: false }));
});

Deno.test({
  name:
    "openEngine() takes WebGPU if it is asked for, on any adapter, and tells its device",
  ignore,
  fn() {
    deepEqual([report.engine, trial!.backend], ["webgpu", "webgpu"]);
    equal(report.device, `GPU, ${name}, WebGPU`);
    deepEqual(report.devices, [
      { id: "gpu:0", type: "GPU", name, memory: null, chosen: true },
    ]);
  },
});

Deno.test({
  name: "openEngine() asks WebGPU for as much as the adapter has",
  ignore,
  fn: () => deepEqual(trial!.limits.device, trial!.limits.adapter),
});

Deno.test({
  name: `selfTest() on WebGPU has the losses of torch ${golden.torch}`,
  ignore,
  fn() {
    trial!.losses.forEach((loss, i) => {
      ok(Math.abs(loss / golden.losses[i]! - 1) < 1e-5, `loss ${loss}`);
    });
    equal(trial!.losses.length, 3);
  },
});

Deno.test({
  name: "a tensor on WebGPU is read by data(), and dataSync() says so",
  ignore,
  fn() {
    deepEqual(trial!.read, {
      values: [2, 2],
      atOnce:
        "TypeError: Cannot read a tensor at once on WebGPU as its values are on the device: use await x.data() or await x.array()",
    });
  },
});

Deno.test({
  name:
    "a tensor on WebGPU that is larger than the adapter's largest buffer is refused, and the next is right",
  ignore,
  fn() {
    const start =
      `RangeError: Cannot make a tensor of shape [${large.size}] as one buffer of the device must hold it: `;
    equal(large.thrown.slice(0, start.length), start);
    equal(large.sum, 6000);
    equal(trial!.tensors, 0);
  },
});

Deno.test({
  name: "addN() on WebGPU adds up more tensors than a kernel may have buffers",
  ignore,
  fn() {
    for (const { n, sum } of trial!.sums) equal(sum, n * (n + 1) / 2);
    equal(trial!.sums.at(-1)!.n, 100);
  },
});

Deno.test({
  name: "openEngine() does not take WebGPU for a processor that was asked for",
  ignore,
  fn() {
    match(
      trial!.onProcessor,
      /^RangeError: Cannot compute on the device as its name \(CRIA_DEVICE\) must be one of gpu:0/,
    );
  },
});

for (
  const [fault, message] of [
    ["destroyed", /^Error: Cannot go on with WebGPU .* it said "it was lost: /],
    ["misused", /^Error: Cannot go on with WebGPU .* it said "Invalid usage/],
  ] as const
) {
  Deno.test({
    name:
      `after the device of WebGPU was ${fault}, whatever reads or computes throws`,
    ignore,
    async fn() {
      const thrown = await tried(fault) as string[];
      equal(thrown.length, 3);
      for (const error of thrown) match(error, message);
    },
  });
}

Deno.test({
  name:
    "openEngine() passes over a WebGPU that computes on the processor, and names it",
  ignore: ignore || !software,
  async fn() {
    const path = projectPath("no", "such", "library.so");
    const { engine, problems } = await opened({ LIBTENSORFLOW: path });
    equal(engine, "wasm");
    equal(
      problems[1],
      `webgpu: Cannot use WebGPU as it must run on a graphics card: ${name} computes on the processor, where WASM is faster`,
    );
  },
});
