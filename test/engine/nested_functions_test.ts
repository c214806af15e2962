import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

const GRAPH = { jit: false };
const XLA = { jit: true };

function numbers(tensor: Tensor): unknown {
  return tensor.arraySync();
}

/** How many native tensors are held. */
function held(): number {
  return nativeBackend()!.binding.getNumOfTensors();
}

/** How many functions that XLA compiles the trace calls. */
function calls(): number {
  return nativeBackend()!.binding.trace!.called.size;
}

/** The names of the functions that `action` makes the context forget. */
function removedBy(action: () => void): string[] {
  const { binding } = nativeBackend()!;
  const names: string[] = [];
  const original = binding.removeFunction;
  binding.removeFunction = (name) => {
    names.push(name);
    original.call(binding, name);
  };
  try {
    action();
  } finally {
    binding.removeFunction = original;
  }
  return names;
}

nativeTest(
  "a function of XLA's is called by a function of the graph executor, traced once",
  () => {
    let traces = 0;
    const counts: number[] = [];
    const inner = compile((x: Tensor) => (traces++, tf.square(x)), XLA);
    const outer = compile((x: Tensor) => {
      const y = tf.add(inner(x), inner(tf.neg(inner(x))));
      counts.push(calls());
      return y;
    }, GRAPH);
    deepEqual(numbers(outer(tf.tensor([1, 2]))), [2, 20]);
    deepEqual(numbers(outer(tf.tensor([3, 1]))), [90, 2]);
    deepEqual(numbers(inner(tf.tensor([4, 5]))), [16, 25]); // the same, outside
    deepEqual([traces, counts], [1, [1]]);
  },
);

nativeTest(
  "a function inside of another is a part of it, unless XLA is to have it alone",
  () => {
    for (
      const [inside, around, expected] of [
        [GRAPH, GRAPH, 0],
        [GRAPH, XLA, 0],
        [XLA, XLA, 0],
        [XLA, GRAPH, 1],
      ] as const
    ) {
      let count = -1;
      const inner = compile((x: Tensor) => tf.square(x), inside);
      const outer = compile((x: Tensor) => {
        const y = tf.add(inner(x), 1);
        count = calls();
        return y;
      }, around);
      equal(numbers(outer(tf.scalar(3))), 10);
      equal(count, expected);
    }
  },
);

nativeTest(
  "a function inside of another gives trees, several results and plain values back",
  () => {
    const inner = compile(
      (
        { x, by }: { x: Tensor; by: number },
      ) => ({
        all: [tf.mul(x, by), x, tf.cast(x, "int32")],
        name: "inner",
        by,
      }),
      XLA,
    );
    const outer = compile((x: Tensor) => {
      const { all: [times, same, whole], name, by } = inner({ x, by: 3 });
      return {
        sum: tf.add(times!, same!),
        whole: whole!,
        same: same!,
        name,
        by,
      };
    }, GRAPH);
    const { sum, whole, same, name, by } = outer(tf.tensor([1.5, 2]));
    deepEqual([sum, whole, same].map(numbers), [[6, 8], [1, 2], [1.5, 2]]);
    deepEqual([whole.dtype, name, by], ["int32", "inner", 3]);
  },
);

nativeTest("a function inside of another takes and gives bfloat16", () => {
  const inner = compile(
    (x: Tensor) => toBfloat16(tf.add(toFloat32(x), 1)),
    XLA,
  );
  const outer = compile((x: Tensor) => inner(inner(toBfloat16(x))), GRAPH);
  const found = outer(tf.tensor([1, 2]));
  equal(isBfloat16(found), true);
  deepEqual(numbers(toFloat32(found)), [3, 4]);
});

nativeTest(
  "a function inside of another keeps what it took from outside",
  () => {
    const [large, small] = [tf.fill([2048], 3), tf.tensor([5])];
    const inner = compile(
      (x: Tensor) => tf.add(tf.sum(tf.mul(large, x)), tf.sum(small)),
      XLA,
    );
    const outer = compile((x: Tensor) => tf.mul(inner(x), 2), GRAPH);
    equal(numbers(outer(tf.scalar(1))), 2 * (6144 + 5));
    tf.dispose([large, small]);
    equal(numbers(outer(tf.scalar(2))), 2 * (12288 + 5));
    equal(numbers(inner(tf.scalar(1))), 6144 + 5);
  },
);

nativeTest(
  "a function inside of another does not take the other's tensors but as arguments",
  () => {
    const outer = compile((x: Tensor) => {
      const y = tf.exp(x);
      const inner = compile((x: Tensor) => tf.mul(x, y), XLA);
      return inner(x);
    }, GRAPH);
    const x = tf.zeros([2]);
    tf.neg(x).dispose(); // brings it to the device
    const before = held();
    assertTensorsKept(0, () =>
      throws(() => outer(x), {
        name: "TypeError",
        message:
          "Cannot use the result of Exp as it must be of the function that is traced now: pass it to the inner function as an argument",
      }));
    equal(held(), before);
    equal(nativeBackend()!.binding.trace, undefined);
    const passed = compile((x: Tensor) =>
      compile((x: Tensor, y: Tensor) => tf.mul(x, y), XLA)(x, tf.exp(x))
    );
    deepEqual(numbers(passed(tf.ones([1]))), [Math.fround(Math.E)]);
  },
);

nativeTest(
  "an error inside of the inner function leaves both traces, and all works on",
  () => {
    let isBad = true;
    const inner = compile((x: Tensor) => {
      if (isBad) throw new Error("out of ideas");
      return tf.square(x);
    }, XLA);
    const outer = compile((x: Tensor) => {
      const y = tf.exp(x);
      try {
        return inner(y);
      } catch {
        isBad = false;
        return tf.neg(inner(y)); // the outer trace goes on
      }
    }, GRAPH);
    equal(numbers(outer(tf.scalar(0))), -1);
    isBad = true;
    const other = compile(
      (x: Tensor) => inner(tf.exp(x).reshape([1, 1])),
      GRAPH,
    );
    throws(() => other(tf.scalar(0)), /out of ideas/);
    equal(nativeBackend()!.binding.trace, undefined);
    equal(numbers(tf.add(1, 2)), 3);
  },
);

nativeTest(
  "a function that came to nothing does not hold what it called",
  () => {
    const inner = compile((x: Tensor) => tf.square(x), {
      jit: true,
      traces: 1,
    });
    const outer = compile((x: Tensor): Tensor => {
      inner(x);
      throw new Error("out of ideas");
    }, GRAPH);
    throws(() => outer(tf.tensor([1, 2])), /out of ideas/);
    const removed = removedBy(() => inner(tf.tensor([1, 2, 3])));
    equal(removed.length, 1);
  },
);

nativeTest(
  "a function works on when the one that it calls is forgotten",
  () => {
    const inner = compile((x: Tensor) => tf.square(x), {
      jit: true,
      traces: 1,
    });
    const outer = compile((x: Tensor) => tf.add(inner(x), 1), GRAPH);
    const x = tf.tensor([1, 2]);
    outer(x);
    const removed = removedBy(() => inner(tf.tensor([1, 2, 3])));
    deepEqual(removed, []); // the outer one holds it
    deepEqual(numbers(outer(x)), [2, 5]);
    deepEqual(numbers(inner(x)), [1, 4]);
    deepEqual(numbers(outer(x)), [2, 5]);
  },
);

nativeTest(
  "a function may call another with more shapes than that one keeps",
  () => {
    const inner = compile((x: Tensor) => tf.sum(tf.square(x)), {
      jit: true,
      traces: 1,
    });
    const outer = compile((x: Tensor) => {
      const lengths = [1, 2, 3, 1];
      return lengths.map((length) => inner(tf.slice(x, [0], [length])));
    }, GRAPH);
    const x = tf.tensor([1, 2, 3]);
    for (let call = 0; call < 2; call++) {
      deepEqual(outer(x).map(numbers), [1, 5, 14, 1]);
    }
  },
);

nativeTest(
  "functions that nobody holds are forgotten with what they took from outside",
  () => {
    const [first, second] = [tf.fill([2048], 3), tf.fill([2048], 5)];
    const once = { traces: 1 };
    const inner = compile((x: Tensor) => tf.sum(tf.mul(first, x)), {
      ...once,
      ...XLA,
    });
    const outer = compile(
      (x: Tensor) => tf.add(inner(x), tf.sum(tf.mul(second, x))),
      { ...once, ...GRAPH },
    );
    const [scalar, one, many] = [[], [1], [1, 1]].map((shape) =>
      tf.fill(shape, 1)
    ) as [Tensor, Tensor, Tensor];
    equal(numbers(outer(scalar)), 8 * 2048); // traces both
    const forgotten = (action: () => Tensor) =>
      removedBy(() => action().dispose()).length;
    equal(forgotten(() => inner(one)), 0); // the outer holds the inner
    equal(forgotten(() => outer(one)), 2); // an outer, and its inner
    const before = held();
    equal(forgotten(() => inner(many)), 0);
    equal(held(), before + 1); // one more share of what the inner takes
    equal(forgotten(() => outer(many)), 2);
    equal(held(), before);
    equal(numbers(outer(many)), 8 * 2048);
  },
);

nativeTest(
  "a variable is read and updated in one order across functions inside of others",
  () => {
    const v = new Variable(tf.tensor([1, 2]));
    const add = compile((v: Variable, x: Tensor) => {
      v.assign(tf.add(v.read(), x));
      return v.read();
    }, XLA);
    const read = compile((v: Variable) => tf.mul(v.read(), 1), XLA);
    const outer = compile((v: Variable, x: Tensor) => {
      const first = read(v);
      v.assign(tf.mul(v.read(), 10));
      const second = read(v);
      const third = add(v, x);
      const fourth = v.read();
      v.assign(tf.neg(fourth));
      return [first, second, third, fourth];
    }, GRAPH);
    deepEqual(outer(v, tf.scalar(1)).map(numbers), [
      [1, 2],
      [10, 20],
      [11, 21],
      [11, 21],
    ]);
    deepEqual(numbers(v.read()), [-11, -21]);
  },
);

nativeTest(
  "a function inside of another waits for the updates before it, and what comes after for it",
  () => {
    const read = compile((v: Variable) => tf.mul(v.read(), 1), XLA);
    const outer = compile((v: Variable, x: Tensor, mean: Tensor) => {
      let slow = x;
      for (let i = 0; i < 20; i++) slow = tf.matMul(slow, mean);
      v.assign(slow);
      const seen = read(v);
      v.assign(tf.neg(x)); // there long before
      return seen;
    }, GRAPH);
    const size = 384;
    const v = new Variable(tf.zeros([size, size]));
    const mean = tf.fill([size, size], 1 / size);
    for (let call = 1; call <= 3; call++) {
      const seen = outer(v, tf.fill([size, size], call), mean);
      assertClose(seen, tf.fill([size, size], call), { tolerance: 1e-3 });
      equal(v.read().dataSync()[0], -call);
    }
  },
);

nativeTest(
  "a function inside of another updates a variable though nothing else is asked of it",
  () => {
    const v = new Variable(tf.tensor([1, 2]));
    const add = compile((x: Tensor) => {
      v.assign(tf.add(v.read(), x));
      return null;
    }, XLA);
    const outer = compile((x: Tensor) => {
      add(x);
      return tf.neg(x);
    }, GRAPH);
    equal(numbers(outer(tf.scalar(10))), -10);
    equal(numbers(outer(tf.scalar(5))), -5);
    deepEqual(numbers(v.read()), [16, 17]);
  },
);

nativeTest(
  "several tasks at once compile and run one function, and others inside",
  async () => {
    let traces = 0;
    const inner = compile((x: Tensor) => (traces++, tf.square(x)), XLA);
    const run = compile((x: Tensor, by: number) => tf.mul(inner(x), by));
    const results = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const found: number[] = [];
        for (let call = 0; call < 4; call++) {
          await new Promise((resume) => setTimeout(resume, (7 * i + call) % 3));
          const x = tf.fill([1 + i % 3], i);
          const y = run(x, 1 + call % 2);
          await new Promise((resume) => setTimeout(resume, i % 2));
          found.push((await y.data())[0]!);
          tf.dispose([x, y]);
        }
        return found;
      }),
    );
    for (const [i, found] of results.entries()) {
      deepEqual(found, [i * i, 2 * i * i, i * i, 2 * i * i]);
    }
    equal(traces, 3);
    equal(nativeBackend()!.binding.trace, undefined);
  },
);

nativeTest(
  "a definition that is run again and again leaves no native handle behind",
  () => {
    const v = new Variable(tf.zeros([2]));
    const x = tf.ones([2]);
    const cell = () => {
      const inner = compile((x: Tensor) => tf.square(x), XLA);
      const run = compile((v: Variable, x: Tensor) => {
        v.assign(tf.add(v.read(), inner(x)));
        return { y: inner(v.read()), slope: tf.grad((x) => tf.pow(x, 3))(x) };
      });
      for (let call = 0; call < 2; call++) tf.dispose(run(v, x));
    };
    cell();
    const before = held();
    assertTensorsKept(0, () => {
      for (let i = 0; i < 50; i++) cell();
    });
    equal(held(), before);
    deepEqual(numbers(v.read()), [102, 102]);
  },
);

nativeTest(
  "a definition that is run again and again keeps one share of what it takes from outside",
  () => {
    const weight = tf.fill([2048], 3);
    const x = tf.ones([2048]);
    const cell = () => {
      const run = compile((x: Tensor) => tf.sum(tf.mul(weight, x)));
      for (let call = 0; call < 3; call++) run(x).dispose();
    };
    cell();
    const before = held();
    for (let i = 0; i < 50; i++) cell();
    ok(held() - before <= 50, `${held() - before} handles`);
  },
);
