import * as tf from "@tensorflow/tfjs";
import { throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { type EngineName, openEngine } from "../../lib/engine/engine.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { slopesOf } from "./slopes.ts";

const ignore = !NATIVE;

/** Equations that every engine can do which has `einsum`. */
const EQUATIONS = [
  ["a matrix product", "ij,jk->ik"],
  ["a batch of matrix products, turned", "bij,bkj->bik"],
  ["scores of attention, with axes in between", "bthd,bshd->bhts"],
  ["an outer product", "i,j->ij"],
  ["an inner product", "i,i->"],
  ["a sum of products of two matrices", "ij,ij->"],
  ["a scalar as operand", ",ij->i"],
  ["one operand, turned", "ij->ji"],
  ["one operand, summed along two axes", "ijk->j"],
  ["one operand, summed whole", "ij->"],
] as const;

/** Equations that TensorFlow alone can do. */
const NATIVE_EQUATIONS = [
  ["axes that are summed in one operand alone", "ij,kl->il"],
  ["a diagonal", "ii->i"],
  ["a trace", "ii->"],
  ["a trace of a part, beside another operand", "iij,k->kj"],
  ["a vector put on a diagonal", "i->ii"],
] as const;

for (const [name, equation] of [...EQUATIONS, ...NATIVE_EQUATIONS]) {
  Deno.test({
    name: `einsum() has the gradient that central differences have: ${name}`,
    ignore, // WASM lacks it
    fn: () => assertEinsumGradient(equation),
  });
}

Deno.test({
  name: "einsum() has the gradient of the same product by matMul()",
  ignore,
  fn() {
    const [query, keys] = [random([2, 3, 4, 5], 1), random([2, 3, 6, 5], 2)];
    const expected = slopesOf((q, k) => tf.matMul(q, k, false, true));
    const slopes = slopesOf((q, k) => tf.einsum("bntd,bnsd->bnts", q, k));
    assertAllClose(slopes(query, keys), expected(query, keys));
  },
});

Deno.test({
  name: "einsum() refuses the gradient of an equation with an ellipsis",
  ignore,
  fn() {
    throws(
      () => slopesOf((x) => tf.einsum("i...->...", x))(random([2, 3])),
      /every axis must have a letter of its own: current equation is "i\.\.\.->\.\.\."/,
    );
  },
});

/** What `stridedSlice` takes beside the tensor: begin, end, strides and masks. */
type Cut = [
  begin: number[],
  end: number[],
  strides: number[],
  beginMask?: number,
  endMask?: number,
  ellipsisMask?: number,
  newAxisMask?: number,
  shrinkAxisMask?: number,
];

/** Slices of tensors; `9` and `-9` are ignored or lie outside. */
const SLICES: { name: string; shape: number[]; cut: Cut }[] = [
  { name: "every second element", shape: [7], cut: [[1], [7], [2]] },
  { name: "steps past the end", shape: [4, 7], cut: [[0, 1], [9, 9], [3, 5]] },
  { name: "backward", shape: [7], cut: [[-2], [0], [-2]] },
  {
    name: "backward along three axes",
    shape: [3, 4, 5],
    cut: [[2, 3, 4], [-9, 0, -9], [-1, -2, -3]],
  },
  { name: "no element", shape: [4, 3], cut: [[2, 0], [2, 3], [1, 1]] },
  {
    name: "a beginning and an end that do not count",
    shape: [5, 6],
    cut: [[3, 2], [4, 3], [2, -1], 0b01, 0b10],
  },
  {
    name: "an ellipsis in the middle",
    shape: [3, 2, 2, 5],
    cut: [[1, 9, 4], [3, 9, 0], [1, 9, -2], 0, 0, 0b010],
  },
  {
    name: "an axis that goes",
    shape: [4, 5],
    cut: [[-1, 0], [0, 5], [1, 2], 0, 0, 0, 0, 0b01],
  },
  {
    name: "an axis that comes",
    shape: [4, 5],
    cut: [[0, 9, 1], [4, 9, 5], [3, 9, 2], 0, 0, 0, 0b010],
  },
  {
    name: "all masks at once",
    shape: [4, 2, 3, 6],
    cut: [
      [1, 9, 9, 9, 2],
      [9, 9, 9, 0, 9],
      [2, 9, 1, -2, 1],
      0b01000,
      0b00001,
      0b00010,
      0b00100,
      0b10000,
    ],
  },
];

for (const { name, shape, cut } of SLICES) {
  const isRight = !ignore || cut[7] === undefined; // other engines' slices are wrong if an axis goes

  Deno.test({
    name:
      `stridedSlice() has the gradient that central differences have: ${name}`,
    ignore: !isRight,
    fn() {
      assertGradient((x) => tf.sin(tf.stridedSlice(x, ...cut)), random(shape));
    },
  });

  Deno.test({
    name: `stridedSlice() gives every slope back to its element: ${name}`,
    ignore: !isRight,
    fn() {
      const size = tf.util.sizeFromShape(shape);
      const all = tf.reshape(tf.range(0, size), shape);
      const places = tf.stridedSlice(all, ...cut);
      const dy = tf.reshape(tf.range(1, places.size + 1), places.shape);
      const expected = new Float32Array(size);
      places.dataSync().forEach((place, i) => expected[place] = i + 1);
      const slope = tf.grad((x) => tf.stridedSlice(x, ...cut));
      const actual = slope(tf.zeros(shape), dy);
      assertClose(actual, tf.tensor(expected, shape), { tolerance: 0 });
    },
  });
}

Deno.test("stridedSlice() has the gradient of the same part by slice() and stack()", () => {
  const x = random([4, 7, 3]);
  const columns = (x: Tensor) =>
    [5, 3, 1].map((at) => tf.squeeze(tf.slice(x, [0, at, 0], [4, 1, 3]), [1]));
  const slopes = slopesOf((x) =>
    tf.stridedSlice(x, [0, 5, 0], [4, -9, 3], [1, -2, 1])
  );
  assertAllClose(slopes(x), slopesOf((x) => tf.stack(columns(x), 1))(x));
});

const TILES = [
  { shape: [], times: [] },
  { shape: [3], times: [4] },
  { shape: [2, 3], times: [3, 1] },
  { shape: [2, 3], times: [2, 0] },
  { shape: [2, 1, 3, 2], times: [2, 3, 1, 2] },
  { shape: [2, 1, 3, 2, 2], times: [2, 3, 2, 1, 3] },
  { shape: [2, 1, 2, 1, 2, 3], times: [1, 2, 2, 2, 3, 2] },
];

for (const { shape, times } of TILES) {
  Deno.test(`tile() of [${shape}] by [${times}] has the gradient that central differences have`, () => {
    const weights = random(shape.map((size, i) => size * times[i]!), 2);
    assertGradient((x) => tf.mul(tf.tile(x, times), weights), random(shape));
  });
}

Deno.test("tile() of rank 5 has the gradient of the same copies by stack()", () => {
  const x = random([2, 3, 4, 5]); // heads that queries share
  const weights = random([2, 3, 6, 4, 5], 2);
  const tiled = (x: Tensor) => tf.tile(tf.expandDims(x, 2), [1, 1, 6, 1, 1]);
  const stacked = (x: Tensor) =>
    tf.stack(Array.from({ length: 6 }, () => x), 2);
  const slopes = slopesOf((x) => tf.mul(tiled(x), weights));
  assertAllClose(slopes(x), slopesOf((x) => tf.mul(stacked(x), weights))(x));
});

Deno.test({
  name: "missing gradients are traced, and compiled by XLA",
  ignore,
  fn() {
    const cases = [
      ...[...EQUATIONS, ...NATIVE_EQUATIONS].map(([, equation]) => ({
        inputs: operandsOf(equation),
        slopes: slopesOf((...xs) => tf.einsum(equation, ...xs)),
      })),
      ...SLICES.map(({ shape, cut }) => ({
        inputs: [random(shape)],
        slopes: slopesOf((x) => tf.stridedSlice(x!, ...cut)),
      })),
      ...TILES.map(({ shape, times }) => ({
        inputs: [random(shape)],
        slopes: slopesOf((x) => tf.tile(x!, times)),
      })),
    ];
    const run = (inputs: Tensor[][]) =>
      cases.map(({ slopes }, i) => slopes(...inputs[i]!));
    const inputs = cases.map(({ inputs }) => inputs);
    const expected = run(inputs);
    for (const jit of [false, true]) {
      compile(run, { jit })(inputs).forEach((slopes, i) =>
        assertAllClose(slopes, expected[i]!)
      );
    }
  },
});

Deno.test("missing gradients keep the slopes alone", () => {
  const x = random([2, 3, 2, 2, 2]);
  assertTensorsKept(1, () => slopesOf((x) => tf.tile(x, [2, 1, 1, 3, 1]))(x));
  const cut: Cut = [[1, 2], [0, -9], [-1, -2]];
  assertTensorsKept(1, () => slopesOf((x) => tf.stridedSlice(x, ...cut))(x));
  if (ignore) return;
  const operands = operandsOf("ij,kl->il");
  assertTensorsKept(
    2,
    () => slopesOf((a, b) => tf.einsum("ij,kl->il", a, b))(...operands),
  );
});

for (const engine of ["wasm", "cpu"] as const) {
  Deno.test(`the engine "${engine}" has the missing gradients, too`, async () => {
    const before = tf.getBackend() as EngineName;
    await openEngine({ engine });
    try {
      for (const { shape, cut } of SLICES) {
        if (cut[7] !== undefined) continue; // see above
        assertGradient(
          (x) => tf.sin(tf.stridedSlice(x, ...cut)),
          random(shape),
        );
      }
      for (const { shape, times } of TILES) {
        assertGradient((x) => tf.sin(tf.tile(x, times)), random(shape));
      }
      if (engine === "wasm") return; // it lacks einsum
      for (const [, equation] of EQUATIONS) assertEinsumGradient(equation);
    } finally {
      await openEngine({ engine: before });
    }
  });
}

/** Asserts that an equation has the right gradient by each operand. */
function assertEinsumGradient(equation: string): void {
  const operands = operandsOf(equation);
  for (const [i, operand] of operands.entries()) {
    const product = (x: Tensor) => tf.einsum(equation, ...operands.with(i, x));
    assertGradient((x) => tf.sin(product(x)), operand);
  }
}

/** Random operands for an equation; an axis is as long as its letter says. */
function operandsOf(equation: string): Tensor[] {
  return equation.split("->")[0]!.split(",").map((letters, i) =>
    random(Array.from(letters, (letter) => 2 + letter.charCodeAt(0) % 3), i + 1)
  );
}

/** Random numbers, the same at every run. */
function random(shape: number[], seed = 1): Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

/** Asserts that gradients agree but for rounding. */
function assertAllClose(actual: Tensor[], expected: Tensor[]): void {
  actual.forEach((slope, i) =>
    assertClose(slope, expected[i]!, { tolerance: 1e-5, name: `slope ${i}` })
  );
}
