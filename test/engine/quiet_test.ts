import { deepEqual, equal, throws } from "node:assert/strict";
import { projectPath } from "../../lib/core/paths.ts";
import { quietly } from "../../lib/engine/quiet.ts";

const PROGRAM = `
import { quietly } from "cria/engine/quiet.ts";
const say = (text) => Deno.stderr.writeSync(new TextEncoder().encode(text));
say("before ");
quietly(() => say("within "));
try {
  quietly(() => { say("failing "); throw new Error(); });
} catch { say("after"); }
`;

Deno.test("quietly() gives back the result, or throws what was thrown", () => {
  equal(quietly(() => 42), 42);
  throws(() =>
    quietly(() => {
      throw new RangeError("no");
    }), RangeError);
});

Deno.test({
  name: "quietly() hides standard error while it runs, and no longer",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", PROGRAM],
      cwd: projectPath(),
    }).output();
    equal(new TextDecoder().decode(stderr), "before after");
  },
});

Deno.test({
  name: "quietly() leaves no file open",
  ignore: Deno.build.os !== "linux",
  fn() {
    const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = open();
    for (let i = 0; i < 5; i++) quietly(() => i);
    deepEqual(open(), before);
  },
});
