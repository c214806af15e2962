import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../lib/core/tensor.ts";

/** A matrix product, and what it must be. */
export interface Product {
  /** The shape of the first factor, and which of the two are transposed. */
  name: string;
  /** Runs `tf.matMul()`. */
  product: () => Tensor;
  /** The sum of products, without a matrix product. */
  expected: Tensor;
}

/** Random factors `[...lead, 2, 3]` and `[...lead, 3, 5]`, each as it is and transposed. */
export function productsOf(lead: readonly number[]): Product[] {
  const choices = [[false, false], [false, true], [true, false], [true, true]];
  return choices.map(([turnA, turnB]) => {
    const a = tf.randomNormal([...lead, ...(turnA ? [3, 2] : [2, 3])]);
    const b = tf.randomNormal([...lead, ...(turnB ? [5, 3] : [3, 5])]);
    const left = tf.expandDims(turnA ? swapped(a) : a, -1); // [..., 2, 3, 1]
    const right = tf.expandDims(turnB ? swapped(b) : b, -3); // [..., 1, 3, 5]
    return {
      name: `[${a.shape}], transposed: ${turnA}, ${turnB}`,
      product: () => tf.matMul(a, b, turnA, turnB),
      expected: tf.sum(tf.mul(left, right), -2),
    };
  });
}

/** A tensor with its last two axes exchanged. */
function swapped(x: Tensor): Tensor {
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  const [rows, columns] = axes.splice(-2);
  return tf.transpose<Tensor>(x, [...axes, columns!, rows!]);
}
