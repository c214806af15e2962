import { deepEqual, equal, notDeepEqual, ok, throws } from "node:assert/strict";
import { encodePrompt } from "../../lib/tokens/encode.ts";
import {
  ALPACA,
  PLAIN,
  type PromptTemplate,
  templateByName,
} from "../../lib/tokens/template.ts";
import { temporaryFolder } from "../temporary_folder.ts";
import { tinyTokenizer } from "../tiny.ts";

const ASK = { instruction: "Name a color.", input: "" };
const SUM = { instruction: "Add them up.", input: "2 and 3" };
const TEMPLATES = [ALPACA, PLAIN];

Deno.test("ALPACA has the words of Stanford's data release", () => {
  equal(
    ALPACA.render(ASK),
    "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\nName a color.\n\n### Response:",
  );
  equal(
    ALPACA.render(SUM),
    "Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n### Instruction:\nAdd them up.\n\n### Input:\n2 and 3\n\n### Response:",
  );
});

for (const template of TEMPLATES) {
  Deno.test(`${template.name} ends in "### Response:" exactly, with and without an input`, () => {
    for (const task of [ASK, SUM]) {
      ok(template.render(task).endsWith("\n\n### Response:"));
    }
  });

  Deno.test(`${template.name} names an input only where there is one`, () => {
    ok(!template.render(ASK).includes("### Input:"));
    ok(template.render(SUM).includes("\n\n### Input:\n2 and 3\n\n"));
  });

  Deno.test(`${template.name} takes text as it stands, whatever signs are in it`, () => {
    const odd = "$& ${x} $1 \\n ### Input:\n\t😀";
    const prompt = template.render({ instruction: odd, input: odd });
    equal(prompt.split(odd).length, 3);
  });
}

Deno.test("templateByName() finds every template by its own name", () => {
  deepEqual(TEMPLATES.map(({ name }) => templateByName(name)), TEMPLATES);
});

Deno.test("templateByName() tells the names that there are", () => {
  for (const name of ["", "Alpaca", "vicuna"]) {
    throws(() => templateByName(name), {
      name: "RangeError",
      message:
        `Cannot find the prompt template as its name must be one of alpaca, plain: current value is "${name}"`,
    });
  }
});

Deno.test("a line end behind a template gives other ids: the mistake of several trainers", async () => {
  await using folder = await temporaryFolder();
  const tokenizer = await tinyTokenizer(folder.path);
  const mistaken: PromptTemplate = {
    name: "mistaken",
    render: (task) => ALPACA.render(task) + "\n",
  };
  const right = encodePrompt(tokenizer, ASK);
  const wrong = encodePrompt(tokenizer, ASK, mistaken);
  notDeepEqual(wrong, right);
  ok(wrong.length > right.length);
});
