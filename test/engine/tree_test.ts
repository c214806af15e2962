import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, notEqual } from "node:assert/strict";
import { flatten, type Tree, unflatten } from "../../lib/engine/tree.ts";
import "./native.ts"; // opens an engine

const [a, b, c] = [tf.scalar(1), tf.tensor([2, 3]), tf.scalar(4)];

Deno.test("unflatten() undoes flatten()", () => {
  const tree = { z: [a, "text", { y: b, n: null }], x: c, flag: true };
  const { tensors } = flatten(tree);
  const back = unflatten(tree, tensors);
  deepEqual(Object.keys(back), ["z", "x", "flag"]);
  deepEqual([back.z[0], back.z[1], back.x, back.flag], [a, "text", c, true]);
  equal((back.z[2] as { y: tf.Tensor }).y, b);
});

Deno.test("flatten() takes tensors in an order that keys written in another order do not change", () => {
  const one = flatten({ p: a, q: b });
  const other = flatten({ q: b, p: a });
  equal(one.outline, other.outline);
  deepEqual(one.tensors.map(({ id }) => id), other.tensors.map(({ id }) => id));
});

Deno.test("flatten() gives trees that differ in more than values different outlines", () => {
  const trees: Tree[] = [
    a,
    b,
    tf.scalar(1, "int32"),
    [a],
    [[a]],
    { a },
    { b: a },
    [a, null],
    [a, undefined],
    [a, 1],
    [a, "1"],
    [a, true],
    [a, "true"],
    [a, ["x", "y"]],
    [a, ["x,y"]],
    [a, "float32[]"],
    [a, a],
    [],
    {},
  ];
  const outlines = trees.map((tree) => flatten(tree).outline);
  equal(new Set(outlines).size, trees.length);
  notEqual(flatten([a]).outline, flatten(a).outline);
});
