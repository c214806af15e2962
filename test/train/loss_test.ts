import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { seededRandom } from "../../lib/core/random.ts";
import { logits } from "../../lib/model/logits.ts";
import type { Encoded } from "../../lib/tokens/encode.ts";
import { packBatches, type PackOptions } from "../../lib/tokens/pack.ts";
import { heldOutLoss, meanLoss } from "../../lib/train/held_out.ts";
import { batchTensors, labelLosses } from "../../lib/train/loss.ts";
import "../engine/native.ts";
import { assertTensorsKept } from "../leak.ts";
import { tinyModel } from "../tiny.ts";

const V = 11;
const model = tinyModel({ "vocab_size": V });
const tasks = randomTasks(7);

function randomTasks(count: number): Encoded[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => ({
    ids: Int32Array.from(
      { length: 3 + Math.floor(random() * 6) },
      () => Math.floor(random() * V),
    ),
    promptLength: 1 + Math.floor(random() * 2),
  }));
}

/** The losses of labels in the order of the tasks of each batch, as plain numbers. */
function losses(tasks: readonly Encoded[], options: PackOptions): number[] {
  return packBatches(tasks, options).flatMap((batch) => {
    const result = tf.tidy(() =>
      labelLosses(model.weights, model.config, batchTensors(batch))
    );
    const values = [...result.dataSync()];
    result.dispose();
    return values;
  });
}

/** The surprise at every label of one task by the plain forward pass. */
async function plainLosses({ ids, promptLength }: Encoded): Promise<number[]> {
  const scores = await logits(model, [[...ids]]);
  return Array.from(ids.slice(promptLength), (label, i) => {
    const at = (promptLength + i - 1) * V;
    const row = [...scores.subarray(at, at + V)];
    const total = row.reduce((sum, score) => sum + Math.exp(score), 0);
    return Math.log(total) - row[label]!;
  });
}

function assertNear(actual: readonly number[], expected: readonly number[]) {
  equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    const gap = Math.abs(value - expected[i]!);
    ok(gap <= 1e-5, `loss ${i} is ${value}, expected ${expected[i]}`);
  }
}

Deno.test("labelLosses() of a task is its surprise by the plain forward pass", async () => {
  for (const task of tasks) {
    const alone = losses([task], { width: 9, rows: 1, multiple: 1 });
    assertNear(alone, await plainLosses(task));
  }
});

Deno.test("labelLosses() of tasks that share rows are those of each alone", () => {
  const shape = { width: 24, rows: 4, multiple: 1 };
  const [batch, ...others] = packBatches(tasks, shape);
  deepEqual(others, []);
  const alone = batch!.tasks
    .flatMap((task) => losses([task], { width: 9, rows: 1, multiple: 1 }));
  assertNear(losses(tasks, shape), alone);
});

Deno.test("labelLosses() do not change with empty rows, and are 0 where M is filled up", () => {
  const shape = { width: 24, multiple: 1 };
  const tight = losses(tasks.slice(0, 2), { ...shape, rows: 1 });
  const loose = losses(tasks.slice(0, 2), {
    ...shape,
    rows: 5,
    multiple: 16,
  });
  equal(loose.length, 16);
  assertNear(loose.slice(0, tight.length), tight);
  ok(loose.slice(tight.length).every((value) => value === 0));
});

Deno.test("labelLosses() do not change with what stands beside a task", () => {
  const shape = { width: 24, rows: 1, multiple: 1 };
  const [first, second, third] = tasks as [Encoded, Encoded, Encoded];
  const count = first.ids.length - first.promptLength;
  const beside = (other: Encoded) =>
    losses([first, other], shape).slice(0, count);
  assertNear(beside(second), beside(third));
});

Deno.test("the slope of the loss does not change with empty rows", () => {
  const slope = (rows: number) => {
    const [batch] = packBatches(tasks.slice(0, 2), {
      width: 24,
      rows,
      multiple: 16,
    });
    const name = "model.embed_tokens.weight";
    return tf.tidy(() => {
      const of = batchTensors(batch!);
      const loss = (weight: Tensor) =>
        tf.sum(
          labelLosses({ ...model.weights, [name]: weight }, model.config, of),
        ) as tf.Scalar;
      return [...tf.grad(loss)(model.weights[name]!).dataSync()];
    });
  };
  assertNear(slope(4), slope(1));
});

Deno.test("labelLosses() leaves one tensor and leaks none", () => {
  const [batch] = packBatches(tasks, { width: 24, rows: 4, multiple: 1 });
  const tensors = batchTensors(batch!);
  assertTensorsKept(
    1,
    () => tf.tidy(() => labelLosses(model.weights, model.config, tensors)),
  );
});

Deno.test("heldOutLoss() gives the losses in the order of the tasks, whatever the packing", async () => {
  for (const rows of [1, 2, 8]) {
    const found = await heldOutLoss(model.config, tasks, { width: 12, rows })(
      model.weights,
    );
    equal(found.length, tasks.length);
    for (const [i, task] of tasks.entries()) {
      const expected = await plainLosses(task);
      equal(found[i]!.tokens, expected.length);
      const nats = expected.reduce((sum, value) => sum + value, 0);
      assertNear([found[i]!.nats / 10], [nats / 10]);
    }
  }
});

Deno.test("heldOutLoss() can be asked about other weights, and leaks nothing", async () => {
  const evaluate = heldOutLoss(model.config, tasks, { width: 12, rows: 2 });
  const other = tinyModel({ "vocab_size": V }, { seed: 9 });
  const first = await evaluate(model.weights);
  const before = tf.memory().numTensors;
  const second = await evaluate(other.weights);
  deepEqual(await evaluate(model.weights), first);
  equal(tf.memory().numTensors, before);
  ok(Math.abs(meanLoss(second) - meanLoss(first)) > 1e-3);
  other.dispose();
});

Deno.test("heldOutLoss() of a task that is named twice gives its loss twice", async () => {
  const [task] = tasks;
  const [once, again] = await heldOutLoss(model.config, [task!, task!], {
    width: 9,
    rows: 1,
  })(model.weights);
  deepEqual(again, once);
});

Deno.test("meanLoss() weighs tasks by their labels", () => {
  equal(meanLoss([{ nats: 8, tokens: 2 }, { nats: 1, tokens: 1 }]), 3);
});
