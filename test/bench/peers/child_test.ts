import { deepEqual, equal, rejects } from "node:assert/strict";
import { openChild } from "./child.ts";

/** A process that says hello, answers with the length of the question, and complains about "bad". */
const SCRIPT = `
import { createInterface } from "node:readline";
console.log(JSON.stringify({ hello: "you" }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "quit") break;
  if (line === "bad") {
    console.error("what a\\nbad question");
    process.exit(3);
  }
  console.log(line.length);
}`;
const ARGS = ["eval", SCRIPT];

Deno.test("openChild() waits for the first line, and gives each question its answer", async () => {
  const child = await openChild(Deno.execPath(), ARGS);
  deepEqual(child.hello, { hello: "you" });
  equal(await child.ask("four"), 4);
  equal(await child.ask("sixsix"), 6);
  await child.close();
});

Deno.test("openChild() tells how a process ended that does not answer, and what it complained of", async () => {
  const child = await openChild(Deno.execPath(), ARGS);
  await rejects(
    child.ask("bad"),
    /current exit code is 3\nwhat a\nbad question/,
  );
  await rejects(child.ask("four"), /current exit code is 3/);
  await child.close();
});

Deno.test("openChild() rejects if a process ends before its first line", async () => {
  await rejects(
    openChild(Deno.execPath(), ["eval", "Deno.exit(5)"]),
    /current exit code is 5/,
  );
});
