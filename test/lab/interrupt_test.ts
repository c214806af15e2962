import { equal, match } from "node:assert/strict";

/** Runs a program that is stopped by signals, and gives what it printed. */
async function run(
  source: string,
): Promise<{ stdout: string; code: number }> {
  const { stdout, code } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", source],
    cwd: new URL("../../", import.meta.url),
  }).output();
  return { stdout: new TextDecoder().decode(stdout), code };
}

const IMPORT =
  `import { onInterrupt, stopListening } from "cria/lab/plot/interrupt.ts";
   const wait = (ms) => new Promise((done) => setTimeout(done, ms));
   const stop = async () => { Deno.kill(Deno.pid, "SIGINT"); await wait(50); };`;

Deno.test("onInterrupt() ends a loop and leaves the process and its variables", async () => {
  const { stdout, code } = await run(`${IMPORT}
    const first = onInterrupt();
    const same = onInterrupt() === first;
    let steps = 0;
    const stopping = stop();
    while (!first.aborted) { steps++; await wait(1); }
    await stopping;
    const second = onInterrupt();
    console.log(same, steps > 0, first.aborted, second.aborted, first.reason.name);
    stopListening();`);
  equal(code, 0);
  match(stdout, /^true true true false AbortError/);
});

Deno.test("a second Ctrl-C in a terminal ends the process", async () => {
  const { stdout, code } = await run(`${IMPORT}
    onInterrupt();
    await stop();
    console.log("still here");
    await stop();
    console.log("not here");`);
  equal(stdout, "still here\n");
  equal(code, 130);
});

Deno.test("listening does not keep a finished program alive", async () => {
  const { code } = await run(`${IMPORT} onInterrupt();`);
  equal(code, 0);
});
