import { deepEqual, equal, ok } from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { llama } from "../../lib/model/llama.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { goldenModel, lossAndGradients, MODELS, WRITER } from "./golden.ts";

// tfjs' engine is one for all of a file, so that WASM has a file of its own.
const { engine } = await openEngine({ engine: "wasm" });

Deno.test("openEngine() gives tfjs the engine that was asked for", () => {
  equal(engine, "wasm");
  equal(tf.getBackend(), "wasm");
});

Deno.test.each(MODELS.map((name) => ({ name })))(
  `llama() on WASM has the logits, loss and gradients of ${WRITER}: $name`,
  ({ name }) => {
    const golden = goldenModel(name);
    const { weights, config, ids } = golden;
    assertClose(llama(weights, config, ids), golden.logits);
    const { loss, gradients } = lossAndGradients(config, weights, ids);
    ok(Math.abs(loss.dataSync()[0]! - golden.loss) < 1e-4);
    deepEqual(Object.keys(gradients), Object.keys(golden.gradients));
    for (const [name, gradient] of Object.entries(golden.gradients)) {
      assertClose(gradients[name]!, gradient, { name });
    }
  },
);

Deno.test("compile() on WASM runs the code as it is, and keeps the result alone", () => {
  const { weights, config, ids, logits } = goldenModel("grouped");
  const run = compile((weights: Record<string, Tensor>, ids: Tensor) => ({
    logits: llama(weights, config, ids),
  }));
  assertClose(run(weights, ids).logits, logits);
  assertTensorsKept(1, () => run(weights, ids));
});

Deno.test("lossAndGradients() on WASM keeps its results alone", () => {
  const { weights, config, ids } = goldenModel("grouped");
  const kept = 1 + Object.keys(weights).length;
  assertTensorsKept(kept, () => lossAndGradients(config, weights, ids));
});
