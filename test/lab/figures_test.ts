import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { bars } from "../../lib/lab/plot/bars.ts";
import { binned } from "../../lib/lab/plot/bins.ts";
import type { Figure } from "../../lib/lab/plot/figure.ts";
import { funnelChart } from "../../lib/lab/plot/funnel.ts";
import { histogram } from "../../lib/lab/plot/histogram.ts";
import { lossCurve } from "../../lib/lab/plot/loss_curve.ts";
import { runningMean } from "../../lib/lab/plot/series.ts";
import { shareBars } from "../../lib/lab/plot/share_bars.ts";
import { sunburst } from "../../lib/lab/plot/sunburst.ts";
import { figureToSvg } from "../../lib/lab/plot/svg.ts";
import { winBar } from "../../lib/lab/plot/win_bar.ts";

/** The texts that are drawn, in reading order of the file. */
async function labels(figure: Figure): Promise<string[]> {
  const svg = await figureToSvg(figure);
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map((found) =>
    found[1]!
  );
}

Deno.test("funnelChart() writes what is left inside long bars and beside short ones", async () => {
  const drawn = await labels(funnelChart([
    { name: "asked", count: 1000 },
    { name: "<parsed>", count: 900 },
    { name: "kept", count: 3 },
  ]));
  for (
    const label of [
      "asked",
      "&#60;parsed&#62;",
      "1,000  (100%)",
      "900  (90%)",
      "−100",
      "3  (&#60;1%)    −897",
    ]
  ) ok(drawn.includes(label), `${label} is not in ${drawn.join(" | ")}`);
});

Deno.test("funnelChart() refuses a stage that gains", () => {
  throws(
    () => funnelChart([{ name: "a", count: 1 }, { name: "b", count: 2 }]),
    /Cannot draw stage b as its count must be from 0 to 1, .* current value is 2/,
  );
});

Deno.test("binned() counts every value once, whatever the edge", () => {
  const values = Array.from({ length: 500 }, (_, i) => ((i * 37) % 101) / 100);
  for (const edge of [0, 0.7, 0.333, 5]) {
    const { edges, counts } = binned({ values }, { count: 17, edge });
    equal(counts["values"]!.reduce((a, b) => a + b, 0), 500);
    equal(edges.length, counts["values"]!.length + 1);
    for (const [i, count] of counts["values"]!.entries()) {
      const [low, high] = [edges[i]! - 1e-9, edges[i + 1]! + 1e-9];
      const inside = values.filter((v) =>
        (v > low + 2e-9 || (i === 0 && v >= low)) && v <= high
      ).length;
      equal(count, inside, `bin ${i} from ${low} to ${high}`);
    }
  }
});

Deno.test("binned() puts a value on the limit into the bin below it", () => {
  const { edges, counts } = binned({ all: [0.1, 0.7, 0.7000001, 0.9] }, {
    count: 8,
    edge: 0.7,
  });
  const above = edges.indexOf(0.7);
  const bins = counts["all"]!;
  equal(bins.slice(above).reduce((a, b) => a + b, 0), 2);
  equal(bins[above - 1], 1);
});

Deno.test("binned() knows no values, one value, and refuses what is not finite", () => {
  deepEqual(binned({ none: [] }).counts, { none: [0] });
  deepEqual(binned({ one: [3] }).counts, { one: [1] });
  throws(() => binned({ all: [1, NaN] }), /value 1 of group "all"/);
});

Deno.test("histogram() marks the limit and colors what is above it", async () => {
  const drawn = histogram([0.2, 0.3, 0.7, 0.8, 0.9], {
    x: "ROUGE-L",
    threshold: 0.7,
    thresholdName: "dropped above",
  });
  const [bars] = drawn.data as unknown as [
    { x: number[]; y: number[]; marker: { color: string[] } },
  ];
  const colored = bars.y.filter((_, i) =>
    bars.marker.color[i] !== bars.marker.color[0]
  );
  equal(colored.reduce((a, b) => a + b, 0), 2);
  ok((await labels(drawn)).includes("dropped above 0.7"));
  match(drawn.summary, /5 tasks, median 0\.7, .* 2 of 5 above 0\.7/);
});

Deno.test("histogram() draws each group under its name", async () => {
  const drawn = histogram({ seeds: [1, 2, 2], generated: [5, 9] }, {
    x: "words",
  });
  const written = await labels(drawn);
  ok(written.includes("seeds") && written.includes("generated"));
  match(drawn.summary, /^seeds: 3 tasks.*\ngenerated: 2 tasks/);
});

Deno.test("sunburst() adds up pairs, and each verb is as large as its nouns", () => {
  const drawn = sunburst([
    { verb: "write", noun: "poem", count: 1 },
    { verb: "find", noun: "verb", count: 2 },
    { verb: "write", noun: "story", count: 3 },
    { verb: "write", noun: "poem", count: 4 },
    { verb: "write", noun: "song", count: 1 },
  ], { nouns: 2 });
  const [{ ids, parents, values }] = drawn.data as unknown as [
    { ids: string[]; parents: string[]; values: number[] },
  ];
  deepEqual(ids, ["write", "write poem", "write story", "find", "find verb"]);
  deepEqual(parents, ["", "write", "write", "", "find"]);
  deepEqual(values, [8, 5, 3, 2, 2]);
});

Deno.test("sunburst() leaves a gap where a verb has no noun", () => {
  const drawn = sunburst([
    { verb: "tell", noun: "", count: 6 },
    { verb: "tell", noun: "story", count: 2 },
  ]);
  const [{ ids, values }] = drawn.data as unknown as [
    { ids: string[]; values: number[] },
  ];
  deepEqual(ids, ["tell", "tell story"]);
  deepEqual(values, [8, 2]);
  equal(drawn.summary, "tell 8: no noun 6, story 2");
});

Deno.test("bars() draws a zero where a group lacks a category", () => {
  const drawn = bars({ a: { x: 1 }, b: { y: 2 } }, { title: "t" });
  deepEqual(drawn.data.map((trace) => trace["x"]), [[1, 0], [0, 2]]);
});

Deno.test("lossCurve() draws losses, the base's line and the learning rate", async () => {
  const points = Array.from({ length: 2000 }, (_, i) => ({
    step: i + 1,
    loss: 4 - i / 1000,
    learningRate: 1e-3,
  }));
  const drawn = lossCurve(points, {
    evaluations: [{ step: 0, loss: 4 }, { step: 1000, loss: 2.9 }, {
      step: 2000,
      loss: 3,
    }],
  });
  const written = await labels(drawn);
  for (
    const label of [
      "each step",
      "mean of 100 steps",
      "held-out",
      "base, held-out",
      "rate",
    ]
  ) ok(written.includes(label), `${label} is not in ${written.join(" | ")}`);
  match(drawn.summary, /held-out 4\.000 → 3\.000 \(best 2\.900\)/);
  for (const { x } of drawn.data as unknown as { x: number[] }[]) {
    ok(x.length <= 600);
    ok(x.at(-1)! >= 2000);
  }
});

Deno.test("runningMean() equals the mean over a window, taken anew at each point", () => {
  const points = [5, 1, 4, 4, 8, 0, 2].map((y, x) => ({ x, y }));
  const means = runningMean(points, 3).map(({ y }) => y);
  for (const [i, mean] of means.entries()) {
    const window = points.slice(Math.max(0, i - 2), i + 1);
    const sum = window.reduce((total, { y }) => total + y, 0);
    ok(Math.abs(mean - sum / window.length) < 1e-12);
  }
});

Deno.test("winBar() writes all three counts, also where a part is too thin for its own", async () => {
  const written = await labels(
    winBar([{ name: "checks", wins: 200, ties: 3, losses: 1 }]),
  );
  ok(written.includes("200 : 3 : 1"));
  ok(written.includes("200"));
  ok(!written.includes("1"));
});

Deno.test("shareBars() gives every bar its interval", () => {
  const drawn = shareBars([
    { name: "ends", before: { hits: 0, of: 20 }, after: { hits: 20, of: 20 } },
  ]);
  const [before, after] = drawn.data as unknown as {
    y: number[];
    error_y: { array: number[]; arrayminus: number[] };
  }[];
  deepEqual([before!.y, after!.y], [[0], [100]]);
  deepEqual(before!.error_y.arrayminus, [0]);
  deepEqual(after!.error_y.array, [0]);
  ok(Math.abs(before!.error_y.array[0]! - 16.113) < 1e-3);
});
