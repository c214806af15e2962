import * as tf from "@tensorflow/tfjs";
import { deepEqual, ok } from "node:assert/strict";
import type { Tensor } from "../../lib/core/tensor.ts";
import { attend, type Attention } from "../../lib/engine/attention.ts";
import {
  isBfloat16,
  toBfloat16,
  toFloat32,
} from "../../lib/engine/bfloat16.ts";
import { compile } from "../../lib/engine/compile.ts";
import { withPrecision } from "../../lib/engine/precision.ts";
import { nativeBackend } from "../../lib/engine/tensorflow_backend.ts";
import { assertClose } from "../close.ts";
import { assertGradient } from "../gradient.ts";
import { assertTensorsKept } from "../leak.ts";
import { NATIVE } from "./native.ts";

/** A test of what only TensorFlow can do. */
function nativeTest(name: string, fn: () => void): void {
  Deno.test({ name, ignore: !NATIVE, fn });
}

const [B, N, T, S, H] = [2, 4, 5, 7, 8];
const GROUPS = [1, 2, 4]; // query heads that share a head of keys

/** The definition, of operations of tfjs, every head with keys of its own. */
function defined({ query, keys, values, mask }: Attention): Tensor {
  const score = tf.add(tf.matMul(query, spread(keys), false, true), mask);
  const raised = tf.exp(tf.sub(score, tf.max(score, -1, true)));
  const share = tf.div(raised, tf.sum(raised, -1, true));
  return tf.matMul(share, spread(values));
}

/** Repeats every head of keys for the query heads that share it, one after the other. */
function spread(x: Tensor): Tensor {
  const copies = Array.from({ length: N / x.shape[1]! }, () => x);
  return tf.reshape(tf.stack(copies, 2), [B, N, S, H]);
}

function normal(shape: number[], seed: number): Tensor {
  return tf.randomNormal(shape, 0, 1, "float32", seed);
}

/** Lets query `t` of each row look at the keys up to `t`, and at no more. */
function causal(): Tensor {
  const allowed = Array.from(
    { length: T * S },
    (_, i) => i % S <= Math.floor(i / S) ? 0 : -1e9,
  );
  return tf.tensor(allowed, [1, 1, T, S]);
}

/** Queries, keys and values, and a mask. */
function given(mask: Tensor = causal(), group = 1): Attention {
  return {
    query: tf.mul(normal([B, N, T, H], 1), H ** -0.5),
    keys: normal([B, N / group, S, H], 2),
    values: normal([B, N / group, S, H], 3),
    mask,
  };
}

/** What attention gives, and its gradients by what it looks with and at. */
function sloped(
  attend: (attention: Attention) => Tensor,
): (of: { [name: string]: Tensor }) => Tensor[] {
  return (of) => {
    const { query, keys, values, mask } = of as unknown as Attention;
    const loss = (query: Tensor, keys: Tensor, values: Tensor) => {
      const seen = attend({ query, keys, values, mask });
      return tf.sum(tf.mul(tf.sin(query), seen)) as tf.Scalar;
    };
    const value = attend({ query, keys, values, mask });
    return [value, ...tf.grads(loss)([query, keys, values])];
  };
}

const NAMES = ["what is seen", "slope of queries", "of keys", "of values"];
const MASKS: { [name: string]: () => Tensor } = {
  "a causal mask": causal,
  "a mask for each row": () =>
    tf.mul(tf.cast(tf.less(normal([B, 1, T, S], 7), -0.3), "float32"), -1e9),
  "no mask": () => tf.zeros([1, 1, T, S]),
};

/** Every mask with every number of heads that share. */
function* cases(): Generator<{ name: string; of: Attention }> {
  for (const [name, mask] of Object.entries(MASKS)) {
    for (const group of GROUPS) {
      yield { name: `${name}, groups of ${group}`, of: given(mask(), group) };
    }
  }
}

const EXACT = {
  "operation by operation": (f: ReturnType<typeof sloped>) => f,
  compiled: (f: ReturnType<typeof sloped>) => compile(f, { jit: false }),
  "compiled by XLA": (f: ReturnType<typeof sloped>) =>
    compile(f, { jit: true }),
};

for (const [how, make] of Object.entries(EXACT)) {
  Deno.test(`attend() ${how} in float32 agrees with its definition, gradients included`, () => {
    const run = make(sloped(attend));
    for (const { name, of } of cases()) {
      const expected = sloped(defined)({ ...of });
      for (const [i, found] of run({ ...of }).entries()) {
        assertClose(found, expected[i]!, {
          tolerance: 1e-5,
          name: `${NAMES[i]} under ${name}`,
        });
      }
    }
  });
}

Deno.test("attend() has the gradients that central differences have", () => {
  const of = given();
  assertGradient((query) => attend({ ...of, query }), of.query);
  assertGradient((keys) => attend({ ...of, keys }), of.keys);
  assertGradient((values) => attend({ ...of, values }), of.values);
});

for (const jit of [false, true]) {
  nativeTest(
    `attend() in bfloat16 with jit ${jit} is near to its definition, gradients included`,
    () => {
      const run = compile(sloped(attend), { precision: "bfloat16", jit });
      for (const [name, mask] of Object.entries(MASKS)) {
        const of = { ...given(mask()) };
        const expected = sloped(defined)(of);
        for (let call = 0; call < 2; call++) {
          for (const [i, found] of run(of).entries()) {
            const most = tf.max(tf.abs(expected[i]!)).dataSync()[0]!;
            assertClose(found, expected[i]!, {
              tolerance: 2e-2 * Math.max(1, most),
              name: `${NAMES[i]} under ${name}`,
            });
          }
        }
      }
    },
  );

  nativeTest(
    `attend() in bfloat16 with jit ${jit} gives nothing of a key that is masked`,
    () => {
      const run = compile(sloped(attend), { precision: "bfloat16", jit });
      assertMasked(run);
    },
  );

  nativeTest(
    `attend() in bfloat16 with jit ${jit} looks at all keys alike where all are masked`,
    () => {
      const run = compile(
        (of: { [name: string]: Tensor }) => attend(of as unknown as Attention),
        { precision: "bfloat16", jit },
      );
      assertUniform((of) => run({ ...of }), 2e-2);
    },
  );
}

for (const [how, make] of Object.entries(EXACT)) {
  Deno.test(`attend() ${how} gives nothing of a key that is masked`, () => {
    assertMasked(make(sloped(attend)));
  });
}

/** Asserts that keys and values under a mask change nothing, not by a bit, and learn nothing. */
function assertMasked(run: ReturnType<typeof sloped>): void {
  const of = given();
  const hidden = tf.tensor( // no query looks beyond key T - 1
    Array.from({ length: S }, (_, s) => s < T ? 0 : 1e4),
    [1, 1, S, 1],
  );
  const others = {
    ...of,
    keys: tf.sub(of.keys, hidden),
    values: tf.add(of.values, hidden),
  };
  const [first, second] = [of, others].map((of) => run({ ...of }));
  for (const i of [0, 1]) {
    assertClose(second![i]!, first![i]!, { tolerance: 0, name: NAMES[i]! });
  }
  for (const slope of [first!, second!].flatMap((found) => found.slice(2))) {
    const beyond = tf.slice(slope, [0, 0, T, 0]);
    ok(tf.max(tf.abs(beyond)).dataSync()[0] === 0);
    const seen = tf.slice(slope, [0, 0, 0, 0], [B, N, 1, H]);
    ok(tf.min(tf.abs(seen)).dataSync()[0]! > 0);
  }
}

Deno.test("attend() looks at all keys alike where all are masked", () => {
  assertUniform(attend, 1e-5);
});

/** Asserts what is seen by a query that may look nowhere: no NaN, but the mean of all values. */
function assertUniform(
  run: (of: Attention) => Tensor,
  tolerance: number,
): void {
  const of = given(tf.fill([1, 1, T, S], -1e9));
  const mean = tf.mean(of.values, 2, true); // [B, N, 1, H]
  assertClose(run(of), tf.tile(mean, [1, 1, T, 1]), { tolerance });
}

Deno.test("attend() takes one query and many keys, as when a model writes", () => {
  const { query, ...rest } = given(tf.zeros([1, 1, 1, S]));
  const of = { ...rest, query: tf.slice(query, [0, 0, 0, 0], [B, N, 1, H]) };
  deepEqual(attend(of).shape, [B, N, 1, H]);
  assertClose(attend(of), defined(of), { tolerance: 1e-5 });
});

Deno.test("attend() keeps its result alone", () => {
  const of = given();
  assertTensorsKept(1, () => attend(of));
  const slope = tf.grad((query: Tensor) => attend({ ...of, query }));
  assertTensorsKept(1, () => slope(of.query));
});

nativeTest(
  "attend() of bfloat16 gives bfloat16, and gradients of the types of what it was given",
  () => {
    const of = given(causal(), 2);
    const run = compile((of: { [name: string]: Tensor }) => {
      const { query, keys, values, mask } = of as unknown as Attention;
      const slopes = tf.grads((query: Tensor, keys: Tensor, values: Tensor) =>
        attend({ query, keys, values, mask })
      )([query, keys, values], toBfloat16(tf.ones([B, N, T, H])));
      return [attend({ query, keys, values, mask }), ...slopes];
    }, { precision: "bfloat16", jit: false });
    const expected = [
      defined(of),
      ...tf.grads((query: Tensor, keys: Tensor, values: Tensor) =>
        defined({ ...of, query, keys, values })
      )([of.query, of.keys, of.values]),
    ];
    const [query, values] = [of.query, of.values].map(toBfloat16);
    const found = run({ ...of, query: query!, values: values! });
    deepEqual(found.map(isBfloat16), [true, true, false, true]);
    for (const [i, slope] of found.entries()) {
      const most = tf.max(tf.abs(expected[i]!)).dataSync()[0]!;
      assertClose(toFloat32(slope), expected[i]!, {
        tolerance: 2e-2 * Math.max(1, most),
        name: NAMES[i]!,
      });
    }
  },
);

nativeTest(
  "attend() in bfloat16 operation by operation is near to its definition",
  () => {
    const of = given();
    const seen = withPrecision("bfloat16", () => tf.tidy(() => attend(of)));
    assertClose(seen, defined(of), { tolerance: 2e-2 });
  },
);

nativeTest(
  "attend() in bfloat16 has one loop of XLA's, and another for its gradient",
  () => {
    const loops: number[] = [];
    const run = compile((of: { [name: string]: Tensor }) => {
      const { called } = nativeBackend()!.binding.trace!;
      const { query, ...rest } = of as unknown as Attention;
      const slope = tf.grad((query: Tensor) => {
        const seen = attend({ query, ...rest });
        loops.push(called.size);
        return seen;
      })(query);
      loops.push(called.size);
      return slope;
    }, { precision: "bfloat16", jit: false });
    run({ ...given() });
    deepEqual(loops, [1, 2]);
  },
);
