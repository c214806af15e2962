import * as tf from "@tensorflow/tfjs";
import { throws } from "node:assert/strict";
import { assertClose } from "./close.ts";

const ONES = tf.tensor1d([1, 1, 1]);

Deno.test("assertClose() takes a difference up to its tolerance, and no larger one", () => {
  const near = tf.tensor1d([1, 0.75, 1.25]);
  assertClose(near, ONES, { tolerance: 0.25 });
  throws(
    () => assertClose(near, ONES, { tolerance: 0.2, name: "near" }),
    /near differs by 0\.25/,
  );
});

for (const place of [0, 1, 2]) {
  Deno.test(`assertClose() never takes NaN, whatever comes before and after it: place ${place}`, () => {
    const broken = tf.tensor1d([1, 1, 1].with(place, NaN));
    for (const [a, b] of [[broken, ONES], [ONES, broken], [broken, broken]]) {
      throws(
        () => assertClose(a!, b!, { tolerance: Infinity }),
        /differs by NaN/,
      );
    }
  });
}

Deno.test("assertClose() refuses another shape with the same elements", () => {
  throws(
    () => assertClose(ONES, tf.reshape(ONES, [3, 1])),
    /has shape \[3\], expected \[3,1\]/,
  );
});
