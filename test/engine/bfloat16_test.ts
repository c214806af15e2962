import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { seededRandom } from "../../lib/core/random.ts";
import {
  flowsHalf,
  isBfloat16,
  reshaped,
  storedLike,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { linearRows } from "../../lib/engine/matmul.ts";
import { withPrecision } from "../../lib/engine/precision.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { MEASURED, peakOf } from "./resident.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

/** The float32 that is nearest of those whose lower 16 bits are zero; of two the even one. */
function rounded(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  const odd = (bits[0]! >>> 16) & 1;
  bits[0] = (bits[0]! + 0x7fff + odd) & 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

/** Numbers of both signs and all magnitudes, and halves of a step, which are ties. */
function manyNumbers(): number[] {
  const random = seededRandom(3);
  const numbers = Array.from(
    { length: 4000 },
    () => (2 * random() - 1) * 2 ** Math.round(200 * random() - 100),
  );
  const ties = Array.from({ length: 32 }, (_, i) => 1 + (i + 0.5) * 2 ** -7);
  return [...numbers, ...ties].map(Math.fround);
}

nativeTest("toBfloat16() keeps numbers that need no more than 8 bits", () => {
  const numbers = [0, 1, -1, 255, 256, 1.5, 0.0078125, -3.140625];
  for (let power = -126; power <= 127; power++) numbers.push(2 ** power);
  const half = toBfloat16(tf.tensor(numbers));
  deepEqual([...toFloat32(half).dataSync()], numbers);
  equal(isBfloat16(half), true);
  equal(isBfloat16(toFloat32(half)), false);
});

nativeTest(
  "toBfloat16() rounds to the nearest, at most by one part in 256",
  () => {
    const numbers = manyNumbers();
    const found = toFloat32(toBfloat16(tf.tensor(numbers))).dataSync();
    deepEqual([...found], numbers.map(rounded));
    for (const [i, x] of numbers.entries()) {
      ok(Math.abs(found[i]! - x) <= Math.abs(x) * 2 ** -8, `${x}: ${found[i]}`);
    }
  },
);

nativeTest(
  "toBfloat16() keeps infinities, numbers that are none, and the sign of zero",
  () => {
    const special = [Infinity, -Infinity, NaN, 0, -0];
    const half = toBfloat16(tf.tensor(special));
    deepEqual([...toFloat32(half).dataSync()], special);
    deepEqual([...half.dataSync()], special);
  },
);

nativeTest("a bfloat16 tensor is read as numbers in every way", async () => {
  const x = tf.tensor([[1, -2.5], [0.15625, Infinity]]);
  const half = toBfloat16(x);
  equal(half.dtype, "float32");
  deepEqual(half.shape, [2, 2]);
  ok(half.dataSync() instanceof Float32Array);
  deepEqual(half.dataSync(), x.dataSync());
  deepEqual(await half.data(), x.dataSync());
  deepEqual(half.arraySync(), x.arraySync());
  deepEqual(await half.array(), x.arraySync());
  equal(toBfloat16(tf.scalar(7)).arraySync(), 7);
  deepEqual(toBfloat16(tf.zeros([0, 3])).shape, [0, 3]);
});

nativeTest("a clone of a bfloat16 tensor is one, and outlives it", () => {
  const half = toBfloat16(tf.tensor([1, 2]));
  const copy = half.clone();
  half.dispose();
  equal(isBfloat16(copy), true);
  deepEqual([...toFloat32(copy).dataSync()], [1, 2]);
});

nativeTest(
  "toBfloat16() and toFloat32() give a tensor of its own, whatever they are given",
  () => {
    const x = tf.tensor([1, 2]);
    const half = toBfloat16(x);
    const conversions = [
      () => toBfloat16(x),
      () => toBfloat16(half),
      () => toFloat32(x),
      () => toFloat32(half),
    ];
    for (const [i, convert] of conversions.entries()) {
      assertTensorsKept(1, convert);
      const given = convert();
      equal(isBfloat16(given), i < 2);
      given.dispose();
    }
    deepEqual([x, half].map(({ isDisposed }) => isDisposed), [false, false]);
  },
);

nativeTest("storedLike() takes the type of its model", () => {
  const x = tf.tensor([1, 2]);
  const both = [x, toBfloat16(x)];
  for (const given of both) {
    for (const model of both) {
      const found = storedLike(given, model);
      equal(isBfloat16(found), isBfloat16(model));
      deepEqual([...found.dataSync()], [1, 2]);
    }
  }
});

nativeTest(
  "reshaped() gives bfloat16 another shape, in its order, and leaves it alone",
  () => {
    const half = toBfloat16(tf.tensor([[1, 2, 3], [4, 5, 6]]));
    const run = compile((x: Tensor) => reshaped(x, [3, 2, 1]));
    for (const turn of [run, (x: Tensor) => reshaped(x, [3, 2, 1])]) {
      const found = turn(half);
      equal(isBfloat16(found), true);
      deepEqual(found.arraySync(), [[[1], [2]], [[3], [4]], [[5], [6]]]);
    }
    assertTensorsKept(1, () => reshaped(half, [6]));
    deepEqual(half.shape, [2, 3]);
  },
);

nativeTest("flowsHalf() in the graph of a function in bfloat16 alone", () => {
  const found: boolean[] = [flowsHalf()];
  for (const precision of ["bfloat16", "float32"] as const) {
    for (const jit of [false, true]) {
      const run = compile((x: Tensor) => {
        found.push(flowsHalf());
        return tf.neg(x);
      }, { precision, jit });
      run(tf.ones([2]));
    }
    found.push(withPrecision(precision, flowsHalf));
  }
  deepEqual(found, [false, true, false, false, false, false, false]);
});

nativeTest("a bfloat16 tensor leaves no native handle behind", () => {
  const x = tf.tensor([1, 2]);
  const life = () => {
    const half = toBfloat16(x);
    tf.dispose([half, toFloat32(half)]);
  };
  life();
  const { binding } = nativeBackend()!;
  const before = binding.getNumOfTensors();
  assertTensorsKept(0, life);
  equal(binding.getNumOfTensors(), before);
});

Deno.test({
  name: "a bfloat16 tensor takes half the memory",
  ignore: !MEASURED,
  async fn() {
    const peak = await peakOf("half"); // of 134 MB
    ok(peak > 50 && peak < 100, `took ${peak} MB`);
  },
});

for (const jit of [false, true]) {
  nativeTest(
    `compile() with jit ${jit} traces anew for bfloat16, takes it and gives it`,
    () => {
      let traces = 0;
      const run = compile((x: Tensor) => {
        traces++;
        return { x, half: toBfloat16(x), wide: toFloat32(x) };
      }, { jit });
      const fine = tf.tensor([1, 1 + 2 ** -9]);
      const given = [fine, toBfloat16(fine), fine, toBfloat16(fine)];
      for (const [i, x] of given.entries()) {
        const result = run(x);
        const isHalf = i % 2 === 1;
        equal(isBfloat16(result.x), isHalf);
        equal(isBfloat16(result.half), true);
        equal(isBfloat16(result.wide), false);
        deepEqual([...toFloat32(result.half).dataSync()], [1, 1]);
        const expected = isHalf ? [1, 1] : [...fine.dataSync()];
        deepEqual([...result.wide.dataSync()], expected);
        deepEqual([...toFloat32(result.x).dataSync()], expected);
      }
      equal(traces, 2);
    },
  );

  nativeTest(`compile() with jit ${jit} takes bfloat16 from outside`, () => {
    const half = toBfloat16(tf.fill([2048], 3));
    const run = compile((x: Tensor) => tf.mul(toFloat32(half), x), { jit });
    equal(run(tf.scalar(2)).dataSync()[2047], 6);
    half.dispose();
    equal(run(tf.scalar(3)).dataSync()[2047], 9);
  });
}

const x = tf.tensor([[1, -2, 3], [0.5, 4, -1]]);
const w = tf.tensor([[0.5, 0.25, -1], [2, -0.5, 1], [1, 1, 1], [0, 3, 0]]);

/** A product, and its gradient by its left factor. */
function product(x: Tensor, w: Tensor): { value: Tensor; slope: Tensor } {
  const slope = tf.grad((x: Tensor) => tf.square(linearRows(x, w)))(x);
  return { value: linearRows(x, w), slope };
}

const RUNS = {
  "operation by operation": product,
  compiled: compile(product, { jit: false }),
  "compiled by XLA": compile(product, { jit: true }),
};

for (const [how, run] of Object.entries(RUNS)) {
  nativeTest(
    `linearRows() ${how} multiplies by a bfloat16 weight, whatever the precision`,
    () => {
      const expected = product(x, w);
      const { value, slope } = run(x, toBfloat16(w));
      assertClose(value, expected.value, { tolerance: 0 });
      assertClose(slope, expected.slope, { tolerance: 0.125 }); // of 32, rounded
      equal(isBfloat16(value), false);
      equal(isBfloat16(slope), false);
    },
  );

  nativeTest(
    `linearRows() ${how} rounds both factors where the weight is bfloat16`,
    () => {
      const fine = tf.tensor([[1 + 2 ** -9, 1 + 2 ** -6]]);
      const { value } = run(fine, toBfloat16(tf.tensor([[1, 1]])));
      equal(value.dataSync()[0], 2 + 2 ** -6);
      notEqual(run(fine, tf.tensor([[1, 1]])).value.dataSync()[0], 2 + 2 ** -6);
    },
  );
}

nativeTest(
  "linearRows() of bfloat16 rows gives their gradient in bfloat16, unless they are shared",
  () => {
    const half = toBfloat16(x);
    for (const shared of [false, true]) {
      const slopes = tf.grads((x: Tensor, w: Tensor) =>
        linearRows(x, w, { shared })
      )([half, w]);
      deepEqual(slopes.map(isBfloat16), [!shared, false]);
      const expected = tf.grads((x: Tensor, w: Tensor) => linearRows(x, w))(
        [x, w],
      );
      for (const [i, slope] of slopes.entries()) {
        assertClose(toFloat32(slope), expected[i]!, { tolerance: 0 });
      }
    }
  },
);

nativeTest(
  "linearRows() leaves its result in bfloat16 where it is asked to",
  () => {
    for (const half of [false, true]) {
      const found = linearRows(x, toBfloat16(w), { half });
      equal(isBfloat16(found), half);
      assertClose(toFloat32(found), linearRows(x, w), { tolerance: 0 });
    }
  },
);

nativeTest(
  "linearRows() by a bfloat16 weight keeps its result and its gradient alone",
  () => {
    const half = toBfloat16(w);
    assertTensorsKept(1, () => linearRows(x, half));
    const slope = tf.grad((x: Tensor) => linearRows(x, half));
    assertTensorsKept(1, () => slope(x));
  },
);
