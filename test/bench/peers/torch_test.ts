import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../temporary_folder.ts";
import { STORIES_15M } from "../shapes.ts";
import { findTorch, openTorch } from "./torch.ts";

/** Writes a shell script that answers as torch_step.py does, and keeps its arguments. */
async function fakePython(folder: string, answer = "true"): Promise<string> {
  const path = join(folder, "python");
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
printf '%s\\n' "$@" > "$0.args"
${answer}
echo '{"torch":"9.8.7+cpu"}'
loss=10
while read -r line; do
  case $line in
    step) echo "{\\"loss\\":$loss,\\"seconds\\":$loss.5}"; loss=$((loss - 1)) ;;
    peak) echo '{"runtime":1,"process":3,"steps":2,"device":null}' ;;
    quit) exit 0 ;;
  esac
done`,
    { mode: 0o755 },
  );
  return path;
}

Deno.test("openTorch() takes the first step, and then one each run", async () => {
  await using folder = await temporaryFolder();
  const python = await fakePython(folder.path);
  const peer = await openTorch(STORIES_15M, {
    python,
    rows: 3,
    width: 5,
    precision: "bfloat16",
    attention: "plain",
  });
  equal(peer!.name, "torch 9.8.7 compile, bfloat16, plain attention");
  equal(peer!.firstStepSeconds, 10.5);
  equal(peer!.lastLoss(), 10);
  equal(await peer!.run(), 15);
  equal(peer!.lastLoss(), 9);
  deepEqual(await peer!.peakBytes(), {
    runtime: 1,
    process: 3,
    steps: 2,
    device: null,
  });
  await peer!.close();
  const [, config, ...flags] = (await Deno.readTextFile(`${python}.args`))
    .trimEnd().split("\n");
  deepEqual(JSON.parse(config!), STORIES_15M);
  equal(
    flags.join(" "),
    "--rows 3 --width 5 --precision bfloat16 --attention plain",
  );
});

Deno.test("openTorch() tells what PyTorch complained of", async () => {
  await using folder = await temporaryFolder();
  const python = await fakePython(folder.path, "echo no compiler >&2; exit 4");
  await rejects(
    openTorch(STORIES_15M, { python }),
    /current exit code is 4\nno compiler/,
  );
});

Deno.test("findTorch() refuses a Python that is named and has no PyTorch", async () => {
  await using folder = await temporaryFolder();
  const before = Deno.env.get("CRIA_TORCH_PYTHON");
  try {
    const without = await fakePython(folder.path, "exit 1");
    Deno.env.set("CRIA_TORCH_PYTHON", without);
    await rejects(findTorch(), RangeError);
    const having = await fakePython(folder.path, "exit 0");
    Deno.env.set("CRIA_TORCH_PYTHON", having);
    equal(await findTorch(), having);
  } finally {
    if (before === undefined) Deno.env.delete("CRIA_TORCH_PYTHON");
    else Deno.env.set("CRIA_TORCH_PYTHON", before);
  }
});
