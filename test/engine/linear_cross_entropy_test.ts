import * as tf from "@tensorflow/tfjs";
import { equal, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { toBfloat16, toFloat32 } from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import {
  linearCrossEntropy,
  type LinearCrossEntropyOptions,
} from "../../lib/engine/linear_cross_entropy.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { MEASURED, peakOf } from "./resident.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

const [M, V, D] = [10, 7, 4];

/** What the loss takes. */
type Given = { rows: Tensor; weight: Tensor; labels: Tensor; weights: Tensor };

/** Labels count unlike, one not at all. */
function given(): Given {
  return {
    rows: tf.randomNormal([M, D], 0, 1, "float32", 1),
    weight: tf.randomNormal([V, D], 0, 1, "float32", 2),
    labels: tf.tensor(
      Array.from({ length: M }, (_, i) => (3 * i) % V),
      [M],
      "int32",
    ),
    weights: tf.tensor(Array.from({ length: M }, (_, i) => i % 4)),
  };
}

/** The definition, with all logits there. */
function defined({ rows, weight, labels, weights }: Given): Tensor {
  const shares = tf.logSoftmax(tf.matMul(rows, weight, false, true));
  const right = tf.oneHot(labels as tf.Tensor1D, V);
  const surprise = tf.neg(tf.sum(tf.mul(shares, right), 1)); // [M]
  return tf.div(tf.sum(tf.mul(surprise, weights)), tf.sum(weights));
}

/** A loss, and its gradients by rows and weight where the loss counts `times`. */
function sloped(
  loss: (given: Given) => Tensor,
  times = 1,
): (given: Given) => Tensor[] {
  return ({ rows, weight, ...rest }) => {
    const { value, grads } = tf.valueAndGrads((rows: Tensor, weight: Tensor) =>
      tf.mul(loss({ rows, weight, ...rest }), times) as tf.Scalar
    )([rows, weight]);
    return [value, ...grads];
  };
}

const NAMES = ["the loss", "slope of rows", "slope of the weight"];

function assertSame(
  found: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance: number,
): void {
  equal(found.length, expected.length);
  for (const [i, tensor] of found.entries()) {
    assertClose(tensor, expected[i]!, { tolerance, name: NAMES[i]! });
  }
}

const HOW: {
  [name: string]: (f: (given: Given) => Tensor[]) => (given: Given) => Tensor[];
} = {
  "operation by operation": (f) => f,
  compiled: (f) => compile(f, { jit: false }),
  "compiled by XLA": (f) => compile(f, { jit: true }),
};

/** Ways to cut 10 rows of 7 logits. */
const CUTS: { [name: string]: LinearCrossEntropyOptions } = {
  "at once": {},
  "in chunks of five": { logitsAtOnce: 5 * V },
  "in chunks of which the last is smaller": { logitsAtOnce: 3 * V + 2 },
  "in a large chunk and a single row": { logitsAtOnce: (M - 1) * V },
  "row by row": { logitsAtOnce: V },
  "row by row, as fewer is not to be had": { logitsAtOnce: 1 },
};

for (const [how, make] of Object.entries(HOW)) {
  for (const [cut, options] of Object.entries(CUTS)) {
    Deno.test(`linearCrossEntropy() ${how} ${cut} is the weighted mean of surprises, gradients included`, () => {
      const run = make(sloped((of) => linearCrossEntropy(of, options)));
      const of = given();
      const expected = sloped(defined)(of);
      for (let call = 0; call < 2; call++) assertSame(run(of), expected, 1e-5);
    });
  }

  Deno.test(`linearCrossEntropy() ${how} passes on how much it counts`, () => {
    const options = { logitsAtOnce: 4 * V };
    const run = make(sloped((of) => linearCrossEntropy(of, options), -3));
    const of = given();
    assertSame(run(of), sloped(defined, -3)(of), 3e-5);
  });
}

Deno.test("linearCrossEntropy() has the gradients that central differences have", () => {
  const of = given();
  assertGradient((rows) => linearCrossEntropy({ ...of, rows }), of.rows);
  assertGradient((weight) => linearCrossEntropy({ ...of, weight }), of.weight);
});

Deno.test("linearCrossEntropy() does not look at labels of weight 0", () => {
  const of = given(); // every fourth label counts for nothing
  const { rows } = of;
  const silent = tf.tensor(
    Array.from({ length: M }, (_, i) => i % 4 === 0 ? 1 : 0),
    [M, 1],
  );
  const others = {
    ...of,
    rows: tf.add(rows, tf.mul(silent, 50)),
    labels: tf.tensor(
      [...of.labels.dataSync()].map((label, i) => i % 4 === 0 ? 0 : label),
      [M],
      "int32",
    ),
  };
  const loss = sloped((of) => linearCrossEntropy(of, { logitsAtOnce: 4 * V }));
  const [first, second] = [loss(of), loss(others)];
  assertSame(second, first, 1e-6);
  equal(tf.sum(tf.abs(tf.mul(first[1]!, silent))).dataSync()[0], 0);
});

Deno.test("linearCrossEntropy() may be of one row", () => {
  const of = given();
  const one = Object.fromEntries(
    Object.entries(of).map(([name, x]) => [
      name,
      name === "weight" ? x : tf.slice(x, [2], [1]),
    ]),
  ) as Given;
  const loss = sloped(linearCrossEntropy);
  assertSame(loss(one), sloped(defined)(one), 1e-5);
});

Deno.test("linearCrossEntropy() bears logits of any size", () => {
  const of = given();
  const large = { ...of, rows: tf.mul(of.rows, 1e6) };
  const found = sloped((of) => linearCrossEntropy(of, { logitsAtOnce: 30 }))(
    large,
  );
  for (const tensor of found) ok(tensor.dataSync().every(Number.isFinite));
});

for (const jit of [false, true]) {
  for (const [cut, options] of Object.entries(CUTS)) {
    nativeTest(
      `linearCrossEntropy() in bfloat16 with jit ${jit} ${cut} is near to its definition`,
      () => {
        const loss = sloped((of) => linearCrossEntropy(of, options));
        const run = compile(loss, { precision: "bfloat16", jit });
        const of = given();
        assertSame(run(of), sloped(defined)(of), 2e-2);
      },
    );
  }
}

for (const [how, make] of Object.entries(HOW)) {
  nativeTest(
    `linearCrossEntropy() ${how} takes an output layer that is stored in bfloat16`,
    () => {
      const of = given();
      const half = toBfloat16(of.weight);
      const loss = (of: Given) =>
        linearCrossEntropy(of, { logitsAtOnce: 4 * V });
      const expected = sloped(defined)({ ...of, weight: toFloat32(half) });
      assertSame(make(sloped(loss))({ ...of, weight: half }), expected, 2e-2);
      // It may stay as it is while the rows learn.
      const rowsAlone = make(({ rows, ...rest }) => [
        tf.grad((rows: Tensor) => loss({ rows, ...rest }))(rows),
      ]);
      const [slope] = rowsAlone({ ...of, weight: half });
      assertClose(slope!, expected[1]!, { tolerance: 2e-2 });
    },
  );
}

Deno.test("linearCrossEntropy() keeps its result and its gradients alone", () => {
  const of = given();
  const options = { logitsAtOnce: 3 * V };
  assertTensorsKept(1, () => linearCrossEntropy(of, options));
  const slopes = tf.grads((rows: Tensor, weight: Tensor) =>
    linearCrossEntropy({ ...of, rows, weight }, options)
  );
  assertTensorsKept(2, () => slopes([of.rows, of.weight]));
});

Deno.test({
  name:
    "linearCrossEntropy() in a function holds the logits of few chunks at a time",
  ignore: !MEASURED,
  async fn() {
    const whole = await peakOf("whole"); // 268 MB of logits, and as much slope
    const chunked = await peakOf("chunked");
    ok(whole > 500, `took ${whole} MB`);
    ok(chunked < whole / 10, `took ${chunked} MB, and at once ${whole} MB`);
  },
});
