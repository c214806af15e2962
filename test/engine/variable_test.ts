import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { decay } from "../../lib/engine/adam_update.ts";
import { toBfloat16 } from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { heldBytes } from "../../lib/engine/memory.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { Variable } from "../../lib/engine/variable.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";
import { MEASURED, peakOf, resident } from "./resident.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

/** How many native tensors and resources are held. */
function held(): number {
  return nativeBackend()!.binding.getNumOfTensors();
}

function numbers(tensor: Tensor): unknown {
  return tensor.arraySync();
}

/** The values of a variable. */
function valuesOf(variable: Variable): unknown {
  const read = variable.read();
  const values = read.arraySync();
  read.dispose();
  return values;
}

Deno.test("a variable gives what it was made of, and then what it was assigned", () => {
  const v = new Variable(tf.tensor([[1, 2, 3]]));
  deepEqual([v.shape, v.size], [[1, 3], 3]);
  deepEqual(valuesOf(v), [[1, 2, 3]]);
  v.assign(tf.tensor([[4, 5, 6]]));
  deepEqual(valuesOf(v), [[4, 5, 6]]);
  equal(new Variable(tf.scalar(1)).size, 1);
});

Deno.test("what a variable was made of stays the caller's, and as it was", () => {
  const first = tf.tensor([1, 2]);
  const v = new Variable(first);
  v.assign(tf.tensor([3, 4]));
  deepEqual(numbers(first), [1, 2]);
  first.dispose();
  deepEqual(valuesOf(v), [3, 4]);
});

Deno.test("a variable keeps what it was given after the tensor is disposed", () => {
  const [first, second] = [tf.tensor([1, 2]), tf.tensor([3, 4])];
  const v = new Variable(first);
  first.dispose();
  deepEqual(valuesOf(v), [1, 2]);
  v.assign(second);
  second.dispose();
  deepEqual(valuesOf(v), [3, 4]);
});

Deno.test("a tensor that was read stays as it was when the variable is assigned or disposed", () => {
  const v = new Variable(tf.tensor([1, 2]));
  const first = v.read();
  v.assign(tf.add(first, 10));
  const second = v.read();
  v.assign(tf.mul(second, 2));
  v.dispose();
  deepEqual([first, second].map(numbers), [[1, 2], [11, 12]]);
});

nativeTest(
  "a tensor that was read stays as it was when the variable is changed in place",
  () => {
    const v = new Variable(tf.tensor([4, 8]));
    const before = v.read();
    decay(v, tf.scalar(0.5));
    const between = v.read();
    decay(v, tf.scalar(0.5));
    deepEqual([before, between].map(numbers), [[4, 8], [2, 4]]);
    deepEqual(valuesOf(v), [1, 2]);
  },
);

for (const jit of [false, true]) {
  nativeTest(
    `a function with jit ${jit} reads and updates a variable, and keeps what was read`,
    () => {
      const v = new Variable(tf.tensor([1, 2]));
      const outside = v.read();
      const run = compile((v: Variable, x: Tensor) => {
        const before = v.read();
        v.assign(tf.add(before, x));
        const between = v.read();
        v.assign(tf.mul(between, 2));
        return [before, between, v.read()];
      }, { jit });
      const first = run(v, tf.scalar(10));
      const second = run(v, tf.scalar(1));
      deepEqual(first.map(numbers), [[1, 2], [11, 12], [22, 24]]);
      deepEqual(second.map(numbers), [[22, 24], [23, 25], [46, 50]]);
      deepEqual(numbers(outside), [1, 2]);
      deepEqual(valuesOf(v), [46, 50]);
    },
  );

  nativeTest(
    `a function with jit ${jit} keeps the order of reads and updates`,
    () => {
      const size = 2 ** 15; // large enough that another order would be seen
      const v = new Variable(tf.zeros([size]));
      const run = compile((v: Variable, x: Tensor) => {
        const seen = [v.read()];
        for (let i = 1; i <= 20; i++) {
          v.assign(tf.mul(x, i)); // needs nothing that was read
          seen.push(v.read());
        }
        return seen;
      }, { jit });
      for (let call = 0; call < 5; call++) {
        const seen = run(v, tf.ones([size]));
        const expected = seen.map((_, i) => i);
        if (call > 0) expected[0] = 20;
        for (const at of [0, size - 1]) {
          deepEqual(seen.map((x) => x.dataSync()[at]), expected);
        }
      }
    },
  );

  nativeTest(
    `a function with jit ${jit} keeps the order of updates that nobody reads`,
    () => {
      const shape = [384, 384];
      const v = new Variable(tf.zeros(shape));
      const run = compile((v: Variable, x: Tensor) => {
        let slow = x;
        for (let i = 0; i < 20; i++) slow = tf.tanh(tf.matMul(slow, x));
        v.assign(slow);
        v.assign(tf.mul(x, 2)); // there long before
        return slow;
      }, { jit });
      for (let call = 0; call < 3; call++) {
        run(v, tf.fill(shape, 0.75)).dispose();
        equal(v.read().dataSync()[0], 1.5); // not a tanh
      }
    },
  );

  nativeTest(
    `a function with jit ${jit} that gives nothing back updates a variable`,
    () => {
      const v = new Variable(tf.tensor([1, 2]));
      const run = compile((v: Variable) => {
        v.assign(tf.mul(v.read(), 3));
        return null;
      }, { jit });
      run(v);
      run(v);
      deepEqual(valuesOf(v), [9, 18]);
    },
  );

  nativeTest(`a function with jit ${jit} takes variables from outside`, () => {
    const v = new Variable(tf.tensor([1, 2]));
    const run = compile((x: Tensor) => {
      v.assign(tf.add(v.read(), x));
      return v.read();
    }, { jit });
    deepEqual(numbers(run(tf.scalar(1))), [2, 3]);
    v.assign(tf.tensor([10, 20])); // unlike a tensor, it is not captured as it was
    deepEqual(numbers(run(tf.scalar(1))), [11, 21]);
    deepEqual(valuesOf(v), [11, 21]);
  });

  nativeTest(
    `a function with jit ${jit} takes variables anywhere in a tree`,
    () => {
      const make = (value: number) => new Variable(tf.fill([2], value));
      const state = { b: [make(1), make(2)], a: { deep: make(3) }, rate: 2 };
      const run = compile((
        { b: [first, second], a: { deep }, rate }: {
          b: Variable[];
          a: { deep: Variable };
          rate: number;
        },
        x: Tensor,
      ) => {
        first!.assign(tf.add(second!.read(), x));
        second!.assign(tf.mul(deep.read(), rate));
        return deep.read();
      }, { jit });
      deepEqual(numbers(run(state, tf.tensor([10, 20]))), [3, 3]);
      const all = [...state.b, state.a.deep];
      deepEqual(all.map(valuesOf), [[12, 22], [6, 6], [3, 3]]);
    },
  );
}

nativeTest(
  "two variables of one shape share a trace, and not their values",
  () => {
    let traces = 0;
    const run = compile((v: Variable) => {
      traces++;
      v.assign(tf.add(v.read(), 1));
      return v.read();
    });
    const [one, two] = [10, 20].map((x) => new Variable(tf.tensor([x, x])));
    deepEqual([one!, two!, one!].map((v) => numbers(run(v))), [
      [11, 11],
      [21, 21],
      [12, 12],
    ]);
    deepEqual([valuesOf(one!), valuesOf(two!)], [[12, 12], [21, 21]]);
    equal(traces, 1);
    const other = new Variable(tf.tensor([[30, 30]]));
    deepEqual(numbers(run(other)), [[31, 31]]);
    equal(traces, 2);
  },
);

nativeTest("a variable and a tensor of one shape do not share a trace", () => {
  let traces = 0;
  const run = compile((x: Variable | Tensor) => {
    traces++;
    return tf.mul(x instanceof Variable ? x.read() : x, 2);
  });
  deepEqual(numbers(run(tf.tensor([1]))), [2]);
  deepEqual(numbers(run(new Variable(tf.tensor([3])))), [6]);
  equal(traces, 2);
});

nativeTest("a gradient flows to what was read of a variable", () => {
  const v = new Variable(tf.tensor([1, 2]));
  const run = compile((v: Variable) => {
    const slope = tf.grad((x) => tf.sum(tf.pow(x, 3)))(v.read());
    v.assign(tf.sub(v.read(), slope));
    return slope;
  });
  deepEqual(numbers(run(v)), [3, 12]);
  deepEqual(valuesOf(v), [-2, -10]);
});

Deno.test("a variable may be disposed twice, and cannot be used afterwards", () => {
  const v = new Variable(tf.tensor([1, 2]));
  v.dispose();
  v.dispose();
  const disposed = {
    name: "TypeError",
    message:
      "Cannot use a variable of shape [2] as it must be alive: it was disposed",
  };
  throws(() => v.read(), disposed);
  throws(() => v.assign(tf.tensor([3, 4])), disposed);
});

nativeTest(
  "a function refuses a disposed variable, and works on with others",
  () => {
    const make = () => new Variable(tf.tensor([1, 2]));
    const run = compile((v: Variable) => tf.neg(v.read()));
    const [gone, alive] = [make(), make()];
    run(gone);
    gone.dispose();
    throws(() => run(gone), {
      name: "TypeError",
      message:
        "Cannot use a variable of shape [2] as it must be alive: it was disposed",
    });
    deepEqual(numbers(run(alive)), [-1, -2]);
  },
);

nativeTest(
  "a function fails whose variable from outside was disposed, and others work on",
  () => {
    const v = new Variable(tf.tensor([1, 2]));
    const run = compile((x: Tensor) => tf.add(v.read(), x));
    run(tf.scalar(1));
    v.dispose();
    throws(() => run(tf.scalar(1)), /variable/);
    const other = new Variable(tf.tensor([5, 6]));
    deepEqual(valuesOf(other), [5, 6]);
  },
);

Deno.test("a variable is made of float32 values alone", () => {
  throws(() => new Variable(tf.tensor([1, 2], [2], "int32")), {
    name: "TypeError",
    message:
      "Cannot make a variable as its values must be float32: current type is int32",
  });
});

nativeTest(
  "a variable is not made of bfloat16 values, and no handle is left",
  () => {
    const half = toBfloat16(tf.tensor([1, 2]));
    const before = held();
    throws(() => new Variable(half), {
      name: "TypeError",
      message:
        "Cannot make a variable as its values must be float32: current type is bfloat16",
    });
    equal(held(), before);
  },
);

Deno.test("a variable refuses values of another shape or type, and keeps its own", () => {
  const v = new Variable(tf.tensor([[1, 2]]));
  throws(() => v.assign(tf.tensor([3, 4])), {
    name: "RangeError",
    message:
      "Cannot assign to a variable as its shape is [1,2]: current value has [2]",
  });
  throws(() => v.assign(tf.tensor([[3, 4]], [1, 2], "int32")), /float/);
  deepEqual(valuesOf(v), [[1, 2]]);
});

nativeTest("a variable cannot be made inside of a function", () => {
  const run = compile((x: Tensor) => tf.mul(new Variable(x).read(), 2));
  const x = tf.ones([2]);
  tf.neg(x).dispose(); // brings it to the device
  const before = held();
  assertTensorsKept(0, () =>
    throws(() => run(x), {
      name: "TypeError",
      message:
        "Cannot make a variable as it must be there before a function is traced: make it outside, and pass it to the function",
    }));
  equal(held(), before);
  deepEqual(valuesOf(new Variable(tf.tensor([1]))), [1]);
});

nativeTest("a variable counts among what is held, until it is disposed", () => {
  const value = tf.zeros([5]);
  const before = heldBytes();
  const v = new Variable(value);
  equal(heldBytes() - before, 20);
  v.dispose();
  v.dispose();
  equal(heldBytes(), before);
});

nativeTest("a variable leaves no native handle behind", () => {
  const [first, second] = [tf.zeros([2]), tf.ones([2])];
  const life = () => {
    const v = new Variable(first);
    v.assign(second);
    v.read().dispose();
    decay(v, second.rank === 1 ? scalar : second);
    v.dispose();
  };
  const scalar = tf.scalar(0.5);
  life(); // brings the tensors to the device
  const before = held();
  assertTensorsKept(0, life);
  equal(held(), before);
});

nativeTest("a function leaves no native handle of its variables behind", () => {
  const state = [new Variable(tf.zeros([2])), new Variable(tf.ones([2]))];
  const x = tf.ones([2]);
  const define = () =>
    compile((state: Variable[], x: Tensor) => {
      for (const v of state) v.assign(tf.add(v.read(), x));
      return state[0]!.read();
    });
  const run = define();
  run(state, x).dispose();
  const before = held();
  assertTensorsKept(0, () => {
    for (let i = 0; i < 5; i++) run(state, x).dispose();
    for (let i = 0; i < 5; i++) define()(state, x).dispose();
  });
  equal(held(), before);
});

const MEGABYTE = 2 ** 18; // elements of float32
const ROOM = 150; // megabytes that memory may grow by for other reasons; a leak is a thousand

/** Megabytes by which memory grows while a step is taken 1,000 times. */
function growth(step: () => void): number {
  for (let i = 0; i < 20; i++) step();
  const before = resident("VmRSS");
  for (let i = 0; i < 1000; i++) step();
  return resident("VmRSS") - before;
}

Deno.test({
  name: "memory does not grow over 1,000 updates of a variable of 1 MB",
  ignore: !MEASURED,
  fn() {
    const v = new Variable(tf.zeros([MEGABYTE]));
    const one = tf.scalar(1);
    const grown = growth(() => tf.tidy(() => v.assign(tf.add(v.read(), one))));
    ok(grown < ROOM, `grew by ${grown} MB`);
    equal(v.read().dataSync()[0], 1020);
    v.dispose();
  },
});

for (const jit of [false, true]) {
  Deno.test({
    name:
      `memory does not grow over 1,000 calls of a function with jit ${jit} that updates a variable of 1 MB`,
    ignore: !MEASURED,
    fn() {
      const v = new Variable(tf.zeros([MEGABYTE]));
      const one = tf.scalar(1);
      const run = compile((v: Variable, x: Tensor) => {
        v.assign(tf.add(v.read(), x));
        return v.read();
      }, { jit });
      const grown = growth(() => run(v, one).dispose());
      ok(grown < ROOM, `grew by ${grown} MB`);
      equal(v.read().dataSync()[0], 1020);
      v.dispose();
    },
  });
}

Deno.test({
  name: "memory does not grow over 1,000 variables of 1 MB that are disposed",
  ignore: !MEASURED,
  fn() {
    const grown = growth(() => {
      const value = tf.ones([MEGABYTE]);
      const v = new Variable(value);
      value.dispose();
      v.dispose();
    });
    ok(grown < ROOM, `grew by ${grown} MB`);
  },
});

Deno.test({
  name: "what is read of a variable shares its memory",
  ignore: !MEASURED,
  async fn() {
    const peak = await peakOf("read"); // of 67 MB
    ok(peak < 40, `took ${peak} MB`);
  },
});

nativeTest(
  "variables are resources of their own, though they go by one shape",
  () => {
    const [one, two] = [1, 2].map((x) => new Variable(tf.scalar(x)));
    notEqual(one!.resource, two!.resource);
    two!.dispose();
    deepEqual(valuesOf(one!), 1);
  },
);

nativeTest("a variable is not given twice to one function", () => {
  const v = new Variable(tf.tensor([1]));
  const run = compile(({ a, b }: { a: Variable; b: Variable }) => {
    a.assign(tf.add(b.read(), 1));
    return b.read();
  });
  throws(() => run({ a: v, b: v }), {
    name: "TypeError",
    message:
      /^Cannot call a compiled function as each variable must be given once/,
  });
  deepEqual(valuesOf(v), [1]);
  v.dispose();
});
