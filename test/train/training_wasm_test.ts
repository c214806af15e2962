import * as tf from "@tensorflow/tfjs";
import { equal } from "node:assert/strict";
import { openEngine } from "../../lib/engine/engine.ts";
import { assertGoldenTraining, WRITER } from "./golden_training.ts";

await openEngine({ engine: "wasm" });

Deno.test(`trainStep() on WASM takes the twenty steps of ${WRITER}`, () => {
  equal(tf.getBackend(), "wasm");
  assertGoldenTraining();
});
