import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Pace } from "../../lib/lab/plot/pace.ts";
import { Progress } from "../../lib/lab/plot/progress.ts";
import { setDisplay } from "../../lib/lab/plot/screen.ts";
import { TerminalLine } from "../../lib/lab/plot/terminal_line.ts";

Deno.test("Pace forgets a slow first step", () => {
  let ms = 0;
  const pace = new Pace(101, { now: () => ms });
  ms = 10_000;
  pace.update(1);
  for (let done = 2; done <= 51; done++) {
    ms += 1000;
    pace.update(done);
  }
  const { perSecond, leftMs, elapsedMs, share } = pace.update(51);
  equal(perSecond, 1);
  equal(leftMs, 50_000);
  equal(elapsedMs, 60_000);
  equal(share, 51 / 101);
});

Deno.test("Pace leaves out of the rate what an earlier run did", () => {
  let ms = 0;
  const pace = new Pace(100, { start: 90, now: () => ms });
  ms = 5000;
  equal(pace.update(95).leftMs, 5000);
});

Deno.test("Pace gives no time left where none can be told", () => {
  let ms = 0;
  const pace = new Pace(10, { now: () => ms });
  equal(pace.update(0).leftMs, undefined);
  ms = 1000;
  equal(pace.update(0).leftMs, undefined);
  const unknown = new Pace(undefined, { now: () => ms });
  ms = 3000;
  const { leftMs, share, perSecond } = unknown.update(4);
  deepEqual([leftMs, share, perSecond], [undefined, undefined, 2]);
});

Deno.test("Progress draws a bar with count, rate, time and note, all escaped", async () => {
  let ms = 0;
  const bundles: Record<string, unknown>[] = [];
  setDisplay(({ bundle }) => void bundles.push(bundle));
  const progress = new Progress(400, {
    label: "Asking <teacher>",
    unit: "tasks",
    now: () => ms,
  });
  ms = 10_000;
  await progress.update(100, "a & b");
  ms = 20_000;
  await progress.finish("given up");
  setDisplay(undefined);
  const [running, ended] = bundles;
  const html = String(running!["text/html"]);
  ok(html.includes("Asking &lt;teacher&gt;") && html.includes("a &amp; b"));
  match(html, /aria-valuenow="25"/);
  equal(
    running!["text/plain"],
    "Asking <teacher>: 100 of 400 tasks · 10/s · 10 s · 30 s left · a & b",
  );
  match(
    String(ended!["text/plain"]),
    /100 of 400 tasks .* 20 s in all · given up$/,
  );
});

Deno.test("TerminalLine writes over itself, throttled, cut to the terminal", () => {
  let ms = 0;
  const written: string[] = [];
  const line = new TerminalLine({
    columns: 10,
    throttleMs: 250,
    now: () => ms,
    write: (text) => void written.push(text),
  });
  line.write("1 of 3");
  line.write("2 of 3");
  ms = 300;
  line.write("a line that is too long");
  line.end("3 of 3");
  const over = "\r\x1b[2K";
  deepEqual(written, [
    `${over}1 of 3`,
    `${over}a line t…`,
    `${over}3 of 3\n`,
  ]);
});

Deno.test("TerminalLine writes whole lines every ten seconds where it cannot write over", () => {
  let ms = 0;
  const written: string[] = [];
  const line = new TerminalLine({
    columns: undefined,
    now: () => ms,
    write: (text) => void written.push(text),
  });
  for (; ms <= 20_000; ms += 1000) line.write(`${ms / 1000} s`);
  line.end("done");
  deepEqual(written, ["0 s\n", "10 s\n", "20 s\n", "done\n"]);
});
