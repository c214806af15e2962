import * as tf from "@tensorflow/tfjs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { compile } from "../../lib/engine/compile.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { assertClose } from "../close.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

const x = tf.tensor([[1, -2, 3], [0.5, 4, -1]]);
const w = tf.tensor([[0.1, 0.2, -0.3], [0.4, -0.5, 0.6]]);

function numbers(tensor: Tensor): unknown {
  return tensor.arraySync();
}

/** A loss with its gradients, of operations with single inputs, lists and several outputs. */
function everything(x: Tensor, w: Tensor): Tensor[] {
  const { value, grads } = tf.valueAndGrads((x: Tensor, w: Tensor) => {
    const [left, right] = tf.split(tf.matMul(x, w, false, true), 2, 1);
    const joined = tf.concat([tf.softmax(left!), tf.tanh(right!)], 1);
    const stacked = tf.stack([joined, tf.square(joined)]);
    const rows = tf.gather(w, tf.tensor1d([1, 1, 0], "int32"));
    const sum = tf.addN([tf.mean(stacked), tf.sum(tf.exp(rows))]);
    return sum as tf.Scalar;
  })([x, w]);
  return [value, ...grads];
}

for (const jit of [false, true]) {
  nativeTest(
    `compile() with jit ${jit} gives what eager code gives, gradients included`,
    () => {
      const run = compile(everything, { jit });
      const expected = everything(x, w);
      for (let call = 0; call < 2; call++) {
        for (const [i, result] of run(x, w).entries()) {
          assertClose(result, expected[i]!, { tolerance: 1e-5 });
        }
      }
    },
  );
}

nativeTest("compile() traces once for all tensors of one shape", () => {
  let traces = 0;
  const run = compile((x: Tensor) => (traces++, tf.mul(x, 2)));
  deepEqual(numbers(run(tf.tensor([1, 2]))), [2, 4]);
  deepEqual(numbers(run(tf.tensor([3, 5]))), [6, 10]);
  equal(traces, 1);
});

nativeTest(
  "compile() traces again for another shape, type, constant or arrangement",
  () => {
    let traces = 0;
    const run = compile((x: { [name: string]: Tensor }, times?: number) => {
      traces++;
      return tf.mul(Object.values(x)[0]!, times ?? 1);
    });
    const calls = [
      () => run({ a: tf.tensor([1, 2]) }),
      () => run({ a: tf.tensor([[1, 2]]) }),
      () => run({ a: tf.tensor([1, 2], [2], "int32") }),
      () => run({ a: tf.tensor([1, 2]) }, 3),
      () => run({ a: tf.tensor([1, 2]) }, 4),
      () => run({ b: tf.tensor([1, 2]) }),
    ];
    const results = () => calls.map((call) => numbers(call()));
    const expected = [[1, 2], [[1, 2]], [1, 2], [3, 6], [4, 8], [1, 2]];
    deepEqual(results(), expected);
    equal(traces, 6);
    deepEqual(results(), expected);
    equal(traces, 6);
  },
);

nativeTest(
  "compile() keeps a captured tensor after its disposal, touched before or not",
  () => {
    for (const isTouched of [true, false]) {
      const outer = tf.fill([2048], 3);
      const fresh = tf.tensor(new Float32Array(2048).fill(3));
      const captured = isTouched ? outer : fresh;
      const run = compile((x: Tensor) => tf.sum(tf.mul(captured, x)));
      equal(numbers(run(tf.scalar(1))), 6144);
      tf.dispose([outer, fresh]);
      equal(numbers(run(tf.scalar(2))), 12288);
    }
  },
);

nativeTest(
  "compile() shares a large tensor's memory, also of one that is new to the device",
  () => {
    const held = () => nativeBackend()!.binding.getNumOfTensors();
    for (const isTouched of [true, false]) {
      const large = tf.tensor(new Float32Array(2048).fill(3));
      if (isTouched) tf.slice(large, [0], [1]).dispose(); // brings it to the device
      const before = held();
      const run = compile((x: Tensor) => tf.sum(tf.mul(large, x)));
      run(tf.scalar(1));
      const brought = isTouched ? 1 : 2; // the scalar, and the tensor itself
      equal(held() - before - brought, 2); // the result, and the share; a constant has none
    }
  },
);

nativeTest("compile() captures a tensor as it is at that moment", () => {
  const state = tf.variable(tf.tensor([1, 2]));
  const run = compile((x: Tensor) => tf.add(x, state));
  deepEqual(numbers(run(tf.scalar(0))), [1, 2]);
  state.assign(tf.tensor([5, 6]));
  deepEqual(numbers(run(tf.scalar(0))), [1, 2]);
});

nativeTest(
  "compile() keeps its results alone, at the first call and later",
  () => {
    const run = compile(everything);
    assertTensorsKept(3, () => run(x, w));
    assertTensorsKept(3, () => run(x, w));
  },
);

nativeTest("compile() leaves its arguments alive", () => {
  const run = compile((x: Tensor) => tf.neg(x));
  const given = tf.tensor([1]);
  run(given);
  run(given);
  deepEqual(numbers(given), [1]);
});

nativeTest(
  "compile() gives back inputs, captured tensors, constants and one tensor twice",
  () => {
    const outer = tf.tensor([7]);
    const run = compile((x: Tensor) => {
      const twice = tf.mul(x, 2);
      return { x, outer, fixed: tf.tensor([9]), twice: [twice, twice] };
    });
    const given = tf.tensor([1]);
    const first = run(given);
    tf.dispose(run(given)); // the second call's results are its own
    deepEqual(numbers(given), [1]);
    deepEqual(numbers(outer), [7]);
    deepEqual(
      [first.x, first.outer, first.fixed, ...first.twice].map(numbers),
      [[1], [7], [9], [2], [2]],
    );
  },
);

nativeTest(
  "compile() takes and gives lists, records in records, and plain values",
  () => {
    const run = compile((
      { pair: [a, b], deep }: {
        pair: [Tensor, Tensor];
        deep: { z: { x: Tensor }; a: Tensor; name: string };
      },
    ) => ({
      name: deep.name,
      none: null,
      sums: [{ s: tf.add(a, deep.z.x) }, { s: tf.sub(b, deep.a) }] as const,
    }));
    const result = run({
      pair: [tf.scalar(10), tf.scalar(20)],
      deep: { z: { x: tf.scalar(1) }, a: tf.scalar(2), name: "cria" },
    });
    deepEqual([result.name, result.none], ["cria", null]);
    deepEqual(result.sums.map(({ s }) => numbers(s)), [11, 18]);
  },
);

nativeTest("compile() keeps the types of elements", () => {
  const run = compile((x: Tensor) => ({
    int: tf.cast(x, "int32"),
    bool: tf.greater(x, 1),
  }));
  const { int, bool } = run(tf.tensor([1.5, 0.5]));
  deepEqual([int.dtype, bool.dtype], ["int32", "bool"]);
  deepEqual([numbers(int), numbers(bool)], [[1, 0], [1, 0]]);
});

nativeTest(
  "compile() runs operations that take lists, whatever the length",
  () => {
    const run = compile((...list: Tensor[]) => ({
      pack: tf.stack(list),
      concat: tf.concat(list),
      sum: tf.addN(list),
    }));
    for (const length of [1, 2, 5]) {
      const list = Array.from({ length }, (_, i) => tf.tensor([i, 1]));
      const { pack, concat, sum } = run(...list);
      deepEqual(numbers(pack), list.map(numbers));
      deepEqual(numbers(concat), list.map(numbers).flat());
      deepEqual(numbers(sum), [length * (length - 1) / 2, length]);
    }
  },
);

nativeTest(
  "compile() leaves eager code working and no tensor behind if the code throws",
  () => {
    const run = compile((x: Tensor) => {
      const y = tf.tidy(() => tf.mul(tf.add(x, w), tf.tensor([1, 2, 3])));
      if (x.shape[0] === 2) throw new Error("out of ideas");
      return y;
    });
    tf.dispose(run(tf.ones([1, 3])));
    const held = nativeBackend()!.binding.getNumOfTensors();
    assertTensorsKept(0, () => throws(() => run(x), /^Error: out of ideas$/));
    equal(nativeBackend()!.binding.getNumOfTensors(), held);
    equal(nativeBackend()!.binding.trace, undefined);
    deepEqual(numbers(tf.add(tf.scalar(1), tf.scalar(2))), 3);
  },
);

nativeTest("compile() leaves gradients working if one throws", () => {
  const run = compile((x: Tensor) =>
    tf.grad((x: Tensor): Tensor => {
      throw new Error(`at rank ${tf.square(x).rank}`);
    })(x)
  );
  throws(() => run(x), /^Error: at rank 2$/);
  equal(nativeBackend()!.binding.trace, undefined);
  equal(numbers(tf.grad((x: Tensor) => tf.square(x))(tf.scalar(3))), 6);
});

nativeTest("compile() names the operation whose result the code reads", () => {
  const run = compile((x: Tensor) => {
    const size = tf.exp(x).dataSync()[0]!;
    return tf.mul(x, size);
  });
  assertTensorsKept(0, () =>
    throws(() => run(x), {
      name: "TypeError",
      message:
        /^Cannot read the result of Exp at compile_test\.ts:\d+ as a traced tensor has no values until the compiled function runs: return it, or read it outside$/,
    }));
});

nativeTest(
  "compile() refuses an operation whose shape depends on values",
  () => {
    const backend = nativeBackend()!;
    const run = compile((x: Tensor) =>
      backend.executeSingleOutput(
        "Where",
        [{ name: "T", type: 4, value: 1 }],
        [x],
      )
    );
    throws(() => run(x), {
      name: "TypeError",
      message:
        "Cannot trace Where as its shape must follow from the shapes of its inputs alone: current shape is [-1,2]",
    });
  },
);

nativeTest(
  "compile() passes on what TensorFlow refuses while it runs, and works on",
  () => {
    const run = compile((x: Tensor, ids: Tensor) =>
      tf.gather(x, ids as tf.Tensor1D)
    );
    const ids = tf.tensor([0], [1], "int32");
    equal(run(x, ids).shape.join(), "1,3");
    throws(
      () => run(x, tf.tensor([7], [1], "int32")),
      /indices\[0\] = 7 is not in \[0, 2\)/,
    );
    equal(run(x, ids).shape.join(), "1,3");
  },
);

nativeTest(
  "compile() forgets the trace that was used longest ago, and works on",
  () => {
    let traces = 0;
    const times = tf.tensor(new Float32Array(2048).fill(2));
    const run = compile((x: Tensor) => {
      traces++;
      return tf.mul(x, tf.slice(times, [0], [x.size]));
    }, { traces: 2 });
    const call = (length: number) => numbers(run(tf.ones([length])));
    for (const length of [1, 2, 1, 3, 1]) {
      deepEqual(call(length), new Array(length).fill(2)); // the third makes 2 go
    }
    equal(traces, 3);
    const held = nativeBackend()!.binding.getNumOfTensors();
    for (let i = 0; i < 3; i++) {
      for (const length of [2, 3, 1]) tf.dispose(run(tf.ones([length])));
    }
    ok(traces > 3);
    ok(nativeBackend()!.binding.getNumOfTensors() <= held + 9); // its arguments, alive
  },
);

nativeTest("compile() inside of a compiled function is a part of it", () => {
  let traces = 0;
  const inner = compile((x: Tensor) => (traces++, tf.square(x)));
  const outer = compile((x: Tensor) => tf.add(inner(x), inner(tf.neg(x))));
  equal(numbers(outer(tf.scalar(3))), 18);
  equal(numbers(outer(tf.scalar(2))), 8);
  equal(traces, 2);
  equal(numbers(inner(tf.scalar(2))), 4);
});

nativeTest(
  "compile() can be differentiated where it stands inside of the compiled code only",
  () => {
    const slope = compile((x: Tensor) => tf.grad((x) => tf.pow(x, 3))(x));
    equal(numbers(slope(tf.scalar(2))), 12);
  },
);

nativeTest("compile() with fixed shapes says which shape changed", () => {
  const run = compile(
    ({ batch }: { batch: { ids: Tensor }; rate: number }) => tf.neg(batch.ids),
    { fixed: true },
  );
  const call = (length: number, rate = 1) =>
    run({ batch: { ids: tf.ones([2, length]) }, rate });
  call(3);
  call(3);
  throws(() => call(4), {
    name: "RangeError",
    message:
      "Cannot run a compiled function with fixed shapes on others: argument 0.batch.ids is float32[2,4], was float32[2,3]",
  });
  throws(() => call(3, 2), /argument 0\.rate is 2, was 1$/);
  equal(call(3).shape.join(), "2,3");
});
