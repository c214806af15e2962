import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { linearRows } from "../../lib/engine/matmul.ts";
import { checkpoint, fuse, type Replayed } from "../../lib/engine/replay.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { MEASURED, peakOf } from "./resident.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

type Gated = Replayed<
  { x: Tensor; gate: Tensor; gain: Tensor },
  { shift: Tensor; epsilon: number }
>;

/** Elementwise operations, reductions, and broadcasting of inputs and constants. */
const gated: Gated = ({ x, gate, gain }, { shift, epsilon }) => {
  const open = tf.mul(gate, tf.sigmoid(tf.add(gate, shift)));
  const y = tf.mul(x, open); // [M, D]
  const meanSquare = tf.mean(tf.square(y), -1, true); // [M, 1]
  return tf.mul(tf.mul(y, tf.rsqrt(tf.add(meanSquare, epsilon))), gain);
};

/** A value and the gradients of a sum that weighs its elements, with operations on both sides. */
function around(
  fn: Gated,
): (x: Tensor, gain: Tensor, shift: Tensor) => Tensor[] {
  return (x, gain, shift) => {
    const { value, grads } = tf.valueAndGrads((x: Tensor, gain: Tensor) => {
      const inputs = { x: tf.sin(x), gate: x, gain: tf.exp(gain) };
      // The constant is gone when the gradient begins, unless it is kept.
      const y = fn(inputs, { shift: tf.neg(shift), epsilon: 0.1 });
      return tf.sum(tf.mul(y, tf.cos(x))) as tf.Scalar;
    })([x, gain]);
    return [value, ...grads];
  };
}

const WRAPPED: { [name: string]: Gated } = {
  "fuse()": fuse(gated),
  "checkpoint()": checkpoint(gated),
  "checkpoint(fuse())": checkpoint(fuse(gated)),
  "fuse(checkpoint())": fuse(checkpoint(gated)),
  "checkpoint(checkpoint())": checkpoint(checkpoint(gated)),
};

const HOW: {
  [name: string]: <F extends (...x: Tensor[]) => Tensor[]>(f: F) => F;
} = {
  "operation by operation": (f) => f,
  compiled: (f) => compile(f, { jit: false }) as typeof f,
  "compiled by XLA": (f) => compile(f, { jit: true }) as typeof f,
};

const D = 64;
const SMALL = [8, D];
const LARGE = [1024, D]; // of two such inputs XLA makes a loop

/** Arguments of {@linkcode around}. */
function given(shape: number[]): [x: Tensor, gain: Tensor, shift: Tensor] {
  return [
    tf.randomNormal(shape, 0, 1, "float32", 1),
    tf.randomNormal([D], 0, 0.3, "float32", 2),
    tf.randomNormal([D], 0, 1, "float32", 3),
  ];
}

for (const [wrapper, wrapped] of Object.entries(WRAPPED)) {
  for (const [how, make] of Object.entries(HOW)) {
    Deno.test(`${wrapper} ${how} gives the values and the gradients of the plain function`, () => {
      const run = make(around(wrapped));
      for (const shape of [SMALL, LARGE]) {
        const args = given(shape);
        const expected = around(gated)(...args);
        for (let call = 0; call < 2; call++) {
          const found = run(...args);
          const size = shape[0]! * D;
          for (const [i, slope] of found.entries()) {
            const tolerance = i === 1 ? 1e-5 : 1e-6 * size; // sums of many, but by x
            assertClose(slope, expected[i]!, { tolerance, name: `${i}` });
          }
          tf.dispose(found);
        }
      }
    });
  }
}

for (const [wrapper, wrap] of Object.entries({ fuse, checkpoint })) {
  for (const [how, make] of Object.entries(HOW)) {
    Deno.test(`${wrapper}() ${how} takes one tensor for several inputs, and adds its gradients up`, () => {
      const fn = wrap(({ a, b, c }: { a: Tensor; b: Tensor; c: Tensor }) =>
        tf.add(tf.mul(a, tf.square(b)), tf.mul(c, 3))
      );
      const run = make((x: Tensor) => {
        const twice = fn({ a: x, b: x, c: x }, {});
        return [twice, tf.grad((x: Tensor) => fn({ a: x, b: x, c: x }, {}))(x)];
      });
      const x = tf.fill([2 ** 16], 2);
      const [value, slope] = run(x);
      deepEqual([value!, slope!].map((y) => y.dataSync()[9]), [14, 15]);
    });

    Deno.test(`${wrapper}() ${how} may be used twice in one gradient`, () => {
      const fn = wrap(({ x }: { x: Tensor }, { by }: { by: number }) =>
        tf.mul(tf.square(x), by)
      );
      const run = make((x: Tensor) => [
        tf.grad((x: Tensor) => fn({ x: fn({ x }, { by: 3 }) }, { by: 2 }))(x),
      ]);
      const [slope] = run(tf.fill([2 ** 16], 0.5)); // of 2 · (3 x²)²
      equal(slope!.dataSync()[9], 9);
    });
  }
}

/** How many functions that XLA compiles a trace calls. */
function calls(): number {
  return nativeBackend()!.binding.trace!.called.size;
}

nativeTest(
  "fuse() makes a loop of XLA's of large inputs, and another of their gradient",
  () => {
    const counts: number[] = [];
    const fn = fuse(({ x }: { x: Tensor }) => tf.square(tf.sin(x)));
    const run = compile((x: Tensor) => {
      counts.length = 0;
      const slope = tf.grad((x: Tensor) => {
        const y = fn({ x }, {});
        counts.push(calls());
        return y;
      })(x);
      counts.push(calls());
      return slope;
    }, { jit: false });
    run(tf.ones([2 ** 16]));
    deepEqual(counts, [1, 2]);
    run(tf.ones([2 ** 16 - 1]));
    deepEqual(counts, [0, 0], "not worth a loop");
  },
);

nativeTest(
  "fuse() stores its result in bfloat16 where it is asked to, whatever the size",
  () => {
    const fn = fuse(({ x }: { x: Tensor }) => tf.sin(x));
    const run = compile((x: Tensor, half: boolean) => {
      const y = fn({ x }, {}, { half });
      const slope = tf.grad((x: Tensor) => tf.mul(fn({ x }, {}), 2))(x);
      return { y, slope, loops: calls() };
    }, { jit: false });
    const x = tf.tensor([0.25, 0.5]);
    for (const half of [false, true]) {
      const { y, slope, loops } = run(x, half);
      equal(isBfloat16(y), half);
      equal(loops, half ? 1 : 0);
      assertClose(toFloat32(y), tf.sin(x), { tolerance: half ? 2e-3 : 1e-6 });
      assertClose(slope, tf.mul(tf.cos(x), 2), { tolerance: 1e-6 });
    }
  },
);

nativeTest(
  "fuse() takes a gradient in bfloat16 from what its result went to",
  () => {
    const fn = fuse(({ x }: { x: Tensor }) => tf.sin(x));
    const w = tf.tensor([[1, 2], [3, 4]]);
    const slope = compile(
      (x: Tensor) =>
        tf.grad((x: Tensor) => linearRows(fn({ x }, {}, { half: true }), w))(x),
      {
        jit: false,
        precision: "bfloat16",
      },
    );
    const x = tf.tensor([[0.25, 0.5]]);
    const expected = tf.mul(tf.cos(x), tf.tensor([[4, 6]]));
    assertClose(slope(x), expected, { tolerance: 2e-2 });
  },
);

for (const [how, make] of Object.entries(HOW)) {
  nativeTest(
    `fuse() ${how} takes inputs in bfloat16, and gives their gradients as they are stored`,
    () => {
      const fn = fuse(({ x, gain }: { x: Tensor; gain: Tensor }) =>
        tf.mul(tf.sin(x), gain)
      );
      const run = make((x: Tensor, gain: Tensor) => [
        fn({ x, gain }, {}),
        ...tf.grads((x: Tensor, gain: Tensor) => fn({ x, gain }, {}))([
          x,
          gain,
        ]),
      ]);
      const [x, gain] = [tf.tensor([0.25, 0.5]), tf.tensor([3, 4])];
      const found = run(toBfloat16(x), gain);
      deepEqual(found.map(isBfloat16), [false, true, false]);
      const expected = [
        tf.mul(tf.sin(x), gain),
        tf.mul(tf.cos(x), gain),
        tf.sin(x),
      ];
      for (const [i, tensor] of found.entries()) {
        const tolerance = i === 1 ? 2e-2 : 1e-6;
        assertClose(toFloat32(tensor), expected[i]!, { tolerance });
      }
    },
  );
}

nativeTest("fuse() leaves code alone where XLA has it all", () => {
  const counts: number[] = [];
  let runs = 0;
  const fn = fuse(({ x }: { x: Tensor }) => (runs++, tf.square(x)));
  const run = compile((x: Tensor) => {
    const slope = tf.grad((x: Tensor) => fn({ x }, {}))(x);
    counts.push(calls(), runs);
    return slope;
  }, { jit: true });
  run(tf.ones([2 ** 16]));
  deepEqual(counts, [0, 1]); // and nothing is computed again
});

nativeTest(
  "fuse() traces once for each shape, however often it is used",
  () => {
    let traces = 0;
    const fn = fuse(({ x }: { x: Tensor }) => (traces++, tf.square(x)));
    const define = () =>
      compile((x: Tensor) =>
        tf.grad((x: Tensor) => fn({ x: fn({ x }, {}) }, {}))(x)
      );
    const x = tf.ones([2 ** 16]);
    define()(x);
    define()(x);
    equal(traces, 2); // the function, and inside of its gradient
  },
);

for (const how of ["compiled", "compiled by XLA"]) {
  nativeTest(
    `checkpoint() ${how} runs its function once, and once more for the gradient`,
    () => {
      let runs = 0;
      const fn = checkpoint(({ x }: { x: Tensor }) => (runs++, tf.sin(x)));
      const counts: number[] = [];
      const run = HOW[how]!((x: Tensor) => {
        const slope = tf.grad((x: Tensor) => {
          const y = fn({ x }, {});
          counts.push(runs);
          return y;
        })(x);
        counts.push(runs);
        return [slope];
      });
      run(tf.scalar(0));
      run(tf.scalar(1));
      deepEqual(counts, [1, 2]); // while it was traced
    },
  );
}

Deno.test("checkpoint() runs its function once, and once more for the gradient", () => {
  let runs = 0;
  const fn = checkpoint(({ x }: { x: Tensor }) => (runs++, tf.sin(x)));
  fn({ x: tf.scalar(1) }, {});
  equal(runs, 1);
  const slope = tf.grad((x: Tensor) => {
    const y = fn({ x }, {});
    equal(runs, 2);
    return y;
  })(tf.scalar(0));
  deepEqual([runs, slope.arraySync()], [3, 1]);
});

Deno.test("checkpoint() keeps its inputs alone for the gradient", () => {
  const fn = ({ x }: { x: Tensor }) => {
    for (let i = 0; i < 10; i++) x = tf.tanh(x);
    return x;
  };
  /** Tensors that are there when the gradient begins, beside those that are given. */
  const kept = (fn: Replayed<{ x: Tensor }, Record<string, never>>) => {
    let count = 0;
    const probe = tf.customGrad((x) => ({
      value: tf.clone(x as Tensor),
      gradFunc: (dy: Tensor) => (count = tf.memory().numTensors, dy),
    }));
    const before = tf.memory().numTensors;
    const x = tf.tensor([1]);
    tf.dispose([x, tf.grad((x: Tensor) => probe(fn({ x }, {})))(x)]);
    return count - before;
  };
  const saved = kept(fn) - kept(checkpoint(fn));
  ok(saved >= 8, `saved ${saved} tensors`);
});

for (const [wrapper, wrap] of Object.entries({ fuse, checkpoint })) {
  for (const [how, make] of Object.entries(HOW)) {
    Deno.test(`${wrapper}() ${how} leaves the gradients around it intact`, () => {
      const fn = wrap(({ x }: { x: Tensor }) => tf.square(x));
      const run = make((x: Tensor) => {
        const outer = tf.grad((x: Tensor) => {
          // A gradient within, taken while the outer one is recorded.
          const inner = tf.grad((x: Tensor) => fn({ x }, {}))(tf.ones([4])); // 2
          return tf.mul(tf.exp(fn({ x: tf.exp(x) }, {})), inner);
        });
        const again = tf.grad((x: Tensor) => tf.mul(fn({ x }, {}), x)); // x³
        return [outer(x), again(x), tf.grad((x: Tensor) => tf.square(x))(x)];
      });
      const expected = make((x: Tensor) => [
        tf.grad((x: Tensor) => tf.mul(tf.exp(tf.square(tf.exp(x))), 2))(x),
        tf.mul(3, tf.square(x)),
        tf.mul(2, x),
      ]);
      const x = tf.fill([4], 0.25);
      const found = run(x);
      for (const [i, slope] of expected(x).entries()) {
        assertClose(found[i]!, slope, { tolerance: 1e-4, name: `${i}` });
      }
    });

    Deno.test(`${wrapper}() ${how} leaves everything working when its function throws`, () => {
      let isBad = true;
      let runs = 0;
      const make1 = (allowed: number) =>
        wrap(({ x }: { x: Tensor }) => {
          const y = tf.square(tf.add(x, 1));
          if (isBad && runs++ >= allowed) throw new Error("out of ideas");
          return y;
        });
      const x = tf.ones([2 ** 16]);
      const slope = (fn: ReturnType<typeof make1>) => (x: Tensor) => [
        tf.grad((x: Tensor) => fn({ x: tf.sin(x) }, {}))(x),
      ];
      for (const allowed of [0, 1]) { // in the function, and while its gradient is found
        [isBad, runs] = [true, 0];
        const fn = make1(allowed);
        const run = make(slope(fn));
        const fails = () => throws(() => tf.tidy(() => run(x)), /out of ideas/);
        const isFound = runsTwice(wrapper, how);
        if (allowed === 0 || isFound) fails();
        equal(nativeBackend()?.binding.trace, undefined);
        equal(
          tf.grad((x: Tensor) => tf.square(x))(tf.scalar(3)).arraySync(),
          6,
        );
        isBad = false;
        const [found] = make(slope(fn))(x); // 2 (sin x + 1) cos x
        const expected = 2 * (Math.sin(1) + 1) * Math.cos(1);
        assertClose(found!, tf.fill([2 ** 16], expected), { tolerance: 1e-5 });
      }
    });

    Deno.test(`${wrapper}() ${how} keeps its result and its gradient alone`, () => {
      const fn = wrap((
        { x }: { x: Tensor },
        { shift }: { shift: Tensor },
      ) => tf.square(tf.sin(tf.add(x, shift))));
      const shift = tf.scalar(1);
      const x = tf.ones([2 ** 16]);
      const value = make((x: Tensor) => [tf.tidy(() => fn({ x }, { shift }))]);
      const slope = make((x: Tensor) => [
        tf.grad((x: Tensor) => fn({ x }, { shift }))(x),
      ]);
      for (let call = 0; call < 2; call++) {
        assertTensorsKept(1, () => value(x));
        assertTensorsKept(1, () => slope(x));
      }
    });
  }
}

/** Whether a function runs again to find its gradient. */
function runsTwice(wrapper: string, how: string): boolean {
  return wrapper === "checkpoint" || (how === "compiled" && NATIVE);
}

for (const jit of [false, true]) {
  Deno.test({
    name:
      `checkpoint() takes far less memory for a chain of 30 blocks in a function with jit ${jit}`,
    ignore: !MEASURED,
    async fn() {
      const plain = await peakOf("plain", { jit });
      const peak = await peakOf("checkpoint", { jit });
      const most = plain * (jit ? 0.7 : 0.5); // XLA does not wait as long as it could
      ok(peak < most, `took ${peak} MB, and without it ${plain} MB`);
    },
  });
}
