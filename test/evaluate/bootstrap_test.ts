import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { pairedBootstrap } from "../../lib/evaluate/bootstrap.ts";
import golden from "../golden/evaluate.json" with { type: "json" };

const { a, b, tokens } = golden;
const lossesOf = (nats: number[]) =>
  nats.map((nats, i) => ({ nats, tokens: tokens[i]! }));
const SAMPLES = 100_000;

for (
  const [kind, expected, first, second] of [
    ["means", golden.means, a, b],
    ["ratios", golden.ratios, lossesOf(a), lossesOf(b)],
  ] as const
) {
  Deno.test(`pairedBootstrap() has the intervals of SciPy ${golden.scipy}: ${kind}`, () => {
    for (const { confidence, standard_error: error, ...golden } of expected) {
      const found = pairedBootstrap<number | { nats: number; tokens: number }>(
        first,
        second,
        { samples: SAMPLES, confidence },
      );
      ok(Math.abs(found.difference - golden.difference) < 1e-9);
      equal(found.difference, found.b - found.a);
      // five standard errors of the outer percentiles of so many normal samples
      const tolerance = 5 * error * Math.sqrt(0.0244 / SAMPLES) / 0.0584 * 1.2;
      for (const end of ["low", "high"] as const) {
        const gap = Math.abs(found[end] - golden[end]);
        ok(gap < tolerance, `${confidence} ${end}: ${gap} >= ${tolerance}`);
      }
    }
  });
}

Deno.test("pairedBootstrap() is the same by seed, and another by another", () => {
  const run = (seed: number) => pairedBootstrap(a, b, { seed, samples: 500 });
  deepEqual(run(5), run(5));
  ok(run(5).low !== run(6).low);
});

Deno.test("pairedBootstrap() turned round mirrors its interval", () => {
  const [there, back] = [pairedBootstrap(a, b), pairedBootstrap(b, a)];
  equal(back.difference, -there.difference);
  ok(Math.abs(back.low + there.high) < 1e-9);
  ok(Math.abs(back.high + there.low) < 1e-9);
});

Deno.test("pairedBootstrap() keeps pairs together: a shift alike on every task is sure", () => {
  const shifted = a.map((value) => value + 2);
  const { difference, low, high } = pairedBootstrap(a, shifted);
  for (const value of [difference, low, high]) ok(Math.abs(value - 2) < 1e-9);
});

Deno.test("pairedBootstrap() takes losses of equal length for plain numbers", () => {
  const alike = (nats: number[]) => nats.map((nats) => ({ nats, tokens: 4 }));
  const [plain, ratio] = [
    pairedBootstrap(a, b),
    pairedBootstrap(alike(a), alike(b)),
  ];
  ok(Math.abs(plain.low - 4 * ratio.low) < 1e-9);
  ok(Math.abs(plain.high - 4 * ratio.high) < 1e-9);
});

Deno.test("pairedBootstrap() widens with confidence", () => {
  const width = (confidence: number) => {
    const { low, high } = pairedBootstrap(a, b, { confidence });
    return high - low;
  };
  ok(width(0.5) < width(0.9) && width(0.9) < width(0.99));
});

Deno.test("pairedBootstrap() refuses results that cannot be compared", () => {
  throws(() => pairedBootstrap([1, 2], [1]), /current numbers are 2 and 1/);
  throws(() => pairedBootstrap([1], [1]), /same 2 or more tasks/);
  throws(() => pairedBootstrap([1, NaN], [1, 2]), /result 1 is NaN over 1/);
  const empty = [{ nats: 1, tokens: 0 }, { nats: 1, tokens: 1 }];
  throws(() => pairedBootstrap(empty, empty), /result 0 is 1 over 0/);
  throws(() => pairedBootstrap(a, b, { samples: 0 }), /samples must/);
  throws(() => pairedBootstrap(a, b, { confidence: 95 }), /confidence must/);
});
