import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import { SELF_TEST_LOSSES, selfTest } from "../../lib/engine/self_test.ts";
import golden from "../golden/self_test.json" with { type: "json" };
import { NATIVE } from "./native.ts";

/** Opens the engine, with all that one kernel of WASM gives times a factor, and says what came of it. */
const PROGRAM = `
import { openEngine } from "cria/engine/engine.ts";
import { registerWasm } from "cria/engine/wasm_backend.ts";
import * as tf from "@tensorflow/tfjs";
registerWasm();
const [kernelName, factor] = Deno.args;
const config = tf.getKernel(kernelName, "wasm");
const own = config.kernelFunc;
tf.unregisterKernel(kernelName, "wasm");
tf.registerKernel({
  ...config,
  kernelFunc(call) {
    const out = own(call);
    const elements = call.backend.typedArrayFromHeap(out);
    elements.forEach((element, i) => elements[i] = element * Number(factor));
    return out;
  },
});
const { engine, problems } = await openEngine();
console.log(JSON.stringify({ engine, problems }));
`;

/** What openEngine() takes if there is no library, and what a kernel of WASM gives is times a factor. */
async function openedWith(kernelName: string, factor: number) {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", PROGRAM, kernelName, `${factor}`],
    cwd: projectPath(),
    env: {
      CRIA_ENGINE: "",
      CRIA_DEVICE: "cpu",
      LIBTENSORFLOW: projectPath("no", "such", "library.so"),
    },
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout)) as {
    engine: string;
    problems: string[];
  };
}

Deno.test(`SELF_TEST_LOSSES are those of torch ${golden.torch}`, () => {
  deepEqual(SELF_TEST_LOSSES, golden.losses);
});

Deno.test({
  name: "selfTest() passes on TensorFlow, and leaves no tensor behind",
  ignore: !NATIVE,
  fn: passes,
});

Deno.test("selfTest() passes in plain JavaScript, and leaves no tensor behind", async () => {
  const before = tf.getBackend();
  await tf.setBackend("cpu");
  await passes();
  await tf.setBackend(before);
});

async function passes() {
  const tensors = tf.memory().numTensors;
  const losses = await selfTest();
  equal(tf.memory().numTensors, tensors);
  losses.forEach((loss, i) => {
    ok(Math.abs(loss / golden.losses[i]! - 1) < 1e-5, `loss ${loss}`);
  });
}

Deno.test("openEngine() takes WASM if no kernel has a fault", async () => {
  const { engine, problems } = await openedWith("BatchMatMul", 1);
  equal(engine, "wasm");
  ok(!problems.some((problem) => problem.startsWith("wasm")));
});

for (
  const [kernel, factor] of [
    ["BatchMatMul", 1.01],
    ["Softmax", 1.01],
    ["UnsortedSegmentSum", 0],
    ["Rsqrt", NaN],
  ] as const
) {
  Deno.test(`openEngine() passes over WASM if its kernel ${kernel} gives ${factor} times what it should, and says so`, async () => {
    const { engine, problems } = await openedWith(kernel, factor);
    equal(engine, "cpu");
    const said = problems.filter((problem) => problem.startsWith("wasm: "));
    equal(said.length, 1);
    match(
      said[0]!,
      /^wasm: Cannot trust the engine "wasm" as three training steps must give the stored losses: the loss of step \d is ([\d.]+|NaN), and should be [\d.]+$/,
    );
  });
}
