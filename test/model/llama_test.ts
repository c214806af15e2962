import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { decoder, head, llama } from "../../lib/model/llama.ts";
import { assertClose } from "../close.ts";
import { NATIVE } from "../engine/native.ts";
import packed from "../golden/packed.json" with { type: "json" };
import { assertTensorsKept } from "../leak.ts";
import {
  goldenModel,
  lossAndGradients,
  MODELS,
  restored,
  WRITER,
} from "./golden.ts";

const ignore = !NATIVE; // llama_wasm_test.ts asks the same of WASM

for (const name of MODELS) {
  Deno.test({
    name: `llama() has the logits of ${WRITER}: ${name}`,
    ignore,
    fn() {
      const { weights, config, ids, logits } = goldenModel(name);
      assertClose(llama(weights, config, ids), logits);
    },
  });

  Deno.test({
    name: `llama() has the loss and every gradient of ${WRITER}: ${name}`,
    ignore,
    fn() {
      const golden = goldenModel(name);
      const { weights, config, ids } = golden;
      const { loss, gradients } = lossAndGradients(config, weights, ids);
      ok(Math.abs(loss.dataSync()[0]! - golden.loss) < 1e-4);
      deepEqual(Object.keys(gradients), Object.keys(golden.gradients));
      for (const [name, gradient] of Object.entries(golden.gradients)) {
        assertClose(gradients[name]!, gradient, { name });
      }
    },
  });

  for (const jit of [false, true]) {
    Deno.test({
      name: `llama() compiled with jit ${jit} has them too: ${name}`,
      ignore,
      fn() {
        const golden = goldenModel(name);
        const { weights, config, ids } = golden;
        const run = compile(
          (weights: Record<string, Tensor>, ids: Tensor) => ({
            logits: llama(weights, config, ids),
            ...lossAndGradients(config, weights, ids),
          }),
          { jit },
        );
        for (let call = 0; call < 2; call++) {
          const { logits, loss, gradients } = run(weights, ids);
          assertClose(logits, golden.logits, { name: "logits" });
          ok(Math.abs(loss.dataSync()[0]! - golden.loss) < 1e-4);
          for (const [name, gradient] of Object.entries(golden.gradients)) {
            assertClose(gradients[name]!, gradient, { name });
          }
        }
      },
    });
  }
}

Deno.test("decoder() keeps sequences of one row apart as if each were alone", () => {
  const { weights, config } = goldenModel("grouped");
  const { owners, positions, sequences } = packed;
  const T = owners.length;
  const mask = owners.flatMap((owner, query) =>
    owners.map((other, key) => key <= query && other === owner ? 0 : -1e9)
  );
  const known = decoder(weights, config, {
    ids: tf.tensor(sequences.flat(), [1, T], "int32"),
    positions: tf.tensor(positions, [1, T], "int32"),
    mask: tf.tensor(mask, [1, 1, T, T]),
  });
  const together = head(weights, config, tf.reshape(known, [T, -1]));
  assertClose(together, restored(packed.packed), { name: "packed" });
  let at = 0;
  for (const [i, sequence] of sequences.entries()) {
    const { length } = sequence;
    const part = tf.slice(together, [at], [length]);
    assertClose(part, restored(packed.alone[i]!), { name: `golden ${i}` });
    const ids = tf.tensor(sequence, [1, length], "int32");
    const alone = tf.squeeze(llama(weights, config, ids), [0]);
    assertClose(part, alone, { tolerance: 1e-5, name: `sequence ${i}` });
    at += length;
  }
});

Deno.test("llama() does not look ahead", () => {
  const { weights, config } = goldenModel("grouped");
  const firstThree = (ids: number[]) =>
    tf.slice(
      llama(weights, config, tf.tensor(ids, [1, 4], "int32")),
      [0, 0],
      [1, 3],
    ).arraySync();
  deepEqual(firstThree([1, 2, 3, 4]), firstThree([1, 2, 3, 9]));
});

Deno.test("llama() returns one tensor and leaks none", () => {
  const { weights, config, ids } = goldenModel("grouped");
  assertTensorsKept(1, () => llama(weights, config, ids));
});

Deno.test("lossAndGradients() of a model keeps its results alone", () => {
  const { weights, config, ids } = goldenModel("grouped");
  const kept = 1 + Object.keys(weights).length;
  assertTensorsKept(kept, () => lossAndGradients(config, weights, ids));
});

Deno.test("llama() names the weight that is missing", () => {
  const { weights, config, ids } = goldenModel("wide");
  const { "lm_head.weight": _, ...others } = weights;
  const before = tf.memory().numTensors;
  throws(() => llama(others, config, ids), {
    name: "RangeError",
    message:
      'Cannot run the model as it must have "lm_head.weight": current weights are 20 others',
  });
  equal(tf.memory().numTensors, before);
});

Deno.test("llama() refuses ids that are not in rows", () => {
  const { weights, config } = goldenModel("grouped");
  throws(() => llama(weights, config, tf.tensor([1, 2], [2], "int32")), {
    name: "ShapeError",
  });
});
