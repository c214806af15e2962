import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";

/** An operand of an equation of `einsum`. */
interface Operand {
  /** The letters of its axes. */
  axes: string;
  /** The operand. */
  x: Tensor;
}

/**
 * The gradient of `tf.einsum`, which tfjs lacks: for each operand the `einsum` of the slope with the
 * other one.
 *
 * It runs wherever `einsum` itself does: WASM has no such kernel. Axes that are summed within one
 * operand alone are allowed, and on TensorFlow a letter that an operand has twice. An ellipsis is
 * refused with a `RangeError`, as it stands for axes that may be repeated.
 */
export const einsumGradient: tf.GradConfig = {
  kernelName: tf.Einsum,
  saveAllInputs: true,
  gradFunc(dy, saved, attrs) {
    const equation = String(attrs["equation"]).replaceAll(/\s/g, "");
    if (equation.includes(".")) {
      throw new RangeError(
        `Cannot take the gradient of einsum as every axis must have a letter of its own: current equation is "${equation}"`,
      );
    }
    const [before, out] = equation.split("->") as [string, string];
    const operands = before.split(",")
      .map((axes, i): Operand => ({ axes, x: saved[i]! }));
    const slope = { axes: out, x: dy as Tensor };
    return Object.fromEntries(operands.map((own, i) => {
      const others = operands.filter((_, j) => j !== i);
      return [i, () => einsumSlope(own, [slope, ...others])];
    }));
  },
};

/** The slope by one operand, from the slope of the product and the other operand. */
function einsumSlope(own: Operand, factors: readonly Operand[]): Tensor {
  const letters = [...new Set(own.axes)];
  const sizes = letters.map((letter) => own.x.shape[own.axes.indexOf(letter)]!);
  const isKnown = letters.map((letter) =>
    factors.some(({ axes }) => axes.includes(letter))
  );
  const product = tf.einsum(
    `${factors.map(({ axes }) => axes).join()}->${
      letters.filter((_, i) => isKnown[i]).join("")
    }`,
    ...factors.map(({ x }) => x),
  );
  // An axis that was summed at once has the same slope all along.
  const kept = sizes.map((size, i) => isKnown[i] ? size : 1);
  const whole = repeated(tf.reshape(product, kept), sizes);
  return letters.length === own.axes.length
    ? whole
    : tf.einsum(`${letters.join("")}->${own.axes}`, whole); // along the diagonal
}

/**
 * The gradient of `tf.stridedSlice`, which tfjs lacks: every element of the slope goes back to its
 * place, and the others are zero.
 *
 * Axis by axis, by padding: nothing is read back, no index is looked up, and no operation has more
 * than three axes.
 */
export const stridedSliceGradient: tf.GradConfig = {
  kernelName: tf.StridedSlice,
  inputsToSave: ["x"],
  gradFunc(dy, [x], attrs) {
    const { shape } = x as Tensor;
    const asked = attrs as unknown as tf.StridedSliceAttrs;
    return {
      x() {
        const { begin, end, strides } = tf.slice_util.sliceInfo(
          shape,
          asked.begin,
          asked.end,
          asked.strides,
          asked.beginMask,
          asked.endMask,
          asked.ellipsisMask,
          asked.newAxisMask,
          asked.shrinkAxisMask,
        );
        let slope = dy as Tensor;
        if (slope.size === 0) return tf.zerosLike(x as Tensor);
        const sizes = tf.slice_util.computeOutShape(begin, end, strides);
        for (const [axis, size] of shape.entries()) {
          if (sizes[axis] === size && strides[axis] === 1) continue;
          const outer = tf.util.sizeFromShape(sizes.slice(0, axis));
          const rows = tf.reshape(slope, [outer, sizes[axis]!, -1]);
          const first = begin[axis]!;
          slope = putBack(rows, { first, stride: strides[axis]!, size });
          sizes[axis] = size;
        }
        return tf.reshape(slope, shape);
      },
    };
  },
};

/** Puts the elements of the middle axis at `first`, `first + stride`… of `size`, among zeros. */
function putBack(
  x: Tensor,
  { first, stride, size }: { first: number; stride: number; size: number },
): Tensor {
  const [outer, count, inner] = x.shape as [number, number, number];
  const step = Math.abs(stride);
  const start = stride < 0 ? first + (count - 1) * stride : first;
  const width = Math.min(count * step, size - start); // with the zeros behind each, where they fit
  let row = stride < 0 ? tf.reverse(x, 1) : x;
  if (step > 1) {
    const apart = tf.pad(
      tf.reshape(row, [outer * count, 1, inner]),
      [[0, 0], [0, step - 1], [0, 0]],
    );
    row = tf.slice(
      tf.reshape(apart, [outer, count * step, inner]),
      [0, 0, 0],
      [outer, width, inner],
    );
  }
  return tf.pad(row, [[0, 0], [start, size - start - width], [0, 0]]);
}

/**
 * The gradient of `tf.tile`, of which tfjs has ranks 1 to 4 alone, and those by adding up as many
 * slices as there are copies: the sum over all copies, axis by axis, with three axes at a time.
 */
export const tileGradient: tf.GradConfig = {
  kernelName: tf.Tile,
  inputsToSave: ["x"],
  gradFunc(dy, [x], attrs) {
    const { shape } = x as Tensor;
    const { reps } = attrs as unknown as tf.TileAttrs;
    return {
      x() {
        let slope = dy as Tensor;
        if (slope.size === 0) return tf.zerosLike(x as Tensor);
        for (const [axis, times] of reps.entries()) {
          if (times === 1) continue;
          const outer = tf.util.sizeFromShape(shape.slice(0, axis));
          slope = tf.sum(tf.reshape(slope, [outer, times, -1]), 1);
        }
        return tf.reshape(slope, shape);
      },
    };
  },
};

/**
 * Repeats a tensor along its axes of size 1.
 *
 * By a product, since WASM takes a hundred times as long for `tf.tile`.
 *
 * @param x The tensor, float32.
 * @param shape The shape that it is to have.
 * @returns A new tensor, owned by the caller.
 */
export function repeated(x: Tensor, shape: number[]): Tensor {
  return x.shape.join() === shape.join()
    ? tf.clone(x)
    : tf.mul(x, tf.fill(shape, 1));
}
