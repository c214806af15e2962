import { deepEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { describeHeadline } from "../../lib/lab/course/describe_headline.ts";
import {
  clearHeadline,
  readHeadline,
  recordHeadline,
} from "../../lib/lab/course/headline.ts";
import { temporaryFolder } from "../temporary_folder.ts";

Deno.test("recordHeadline() adds to what is there, and replaces what has the same name", async () => {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, "made", "anew");
  await recordHeadline({ tasksKept: 300, winRate: 80 }, { folder });
  await recordHeadline({ tasksKept: 312, ownFigure: 7 }, { folder });
  deepEqual(await readHeadline({ folder }), {
    tasksKept: 312,
    winRate: 80,
    ownFigure: 7,
  });
  await clearHeadline({ folder });
  await clearHeadline({ folder });
  deepEqual(await readHeadline({ folder }), {});
});

Deno.test("recordHeadline() refuses what is not a number, and keeps what is there", async () => {
  await using folder = await temporaryFolder();
  const at = { folder: folder.path };
  await recordHeadline({ winRate: 80 }, at);
  await rejects(
    recordHeadline({ tasksKept: 1, winRate: NaN }, at),
    /Cannot record winRate as it must be a finite number: current value is NaN/,
  );
  deepEqual(await readHeadline(at), { winRate: 80 });
});

Deno.test("readHeadline() names a damaged file", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "headline.json"), "{");
  await rejects(
    readHeadline({ folder: folder.path }),
    /headline\.json must be JSON/,
  );
});

Deno.test("describeHeadline() puts every figure into words, and leaves out what is not there", () => {
  deepEqual(describeHeadline({}), []);
  deepEqual(
    describeHeadline({
      winRate: 91.26,
      endsByItselfBefore: 0.025,
      endsByItselfAfter: 0.95,
      tasksProposed: 1420,
      tasksKept: 1012,
      tokensPerSecond: 1893.7,
      heldOutLossAfter: 3.5,
      peakMemory: 1.61234,
    }),
    [
      { label: "Tasks kept", value: "1,012 of 1,420" },
      { label: "Training speed", value: "1,894 tokens/s" },
      {
        label: "Loss on evaluation tasks, base → tuned",
        value: "? → 3.500 nats a token",
      },
      {
        label: "Story answers that end by themselves, base → tuned",
        value: "3% → 95%",
      },
      { label: "Win rate on story tasks, ties half", value: "91.3%" },
      { label: "Peak memory", value: "1.612" },
    ],
  );
});
