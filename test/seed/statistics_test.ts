import { deepEqual, equal } from "node:assert/strict";
import { describeTasks } from "../../lib/seed/statistics.ts";
import { verbNoun } from "../../lib/seed/verb_noun.ts";

Deno.test.each([
  {
    instruction: "Write a short story about a brave mouse.",
    pair: "write story",
  },
  { instruction: "Tell me two jokes about cats.", pair: "tell joke" },
  {
    instruction: "Please give me a list of animals that live in trees.",
    pair: "give list",
  },
  {
    instruction: "Given two words, name a rhyme for each.",
    pair: "name rhyme",
  },
  {
    instruction: "Rewrite the following sentences so that they are polite.",
    pair: "rewrite sentence",
  },
  {
    instruction: "Can you list all the main characters in the story?",
    pair: "list character",
  },
  { instruction: "How do I bake a chocolate cake?", pair: "bake cake" },
  { instruction: "What is the capital of France?", pair: "be capital" },
  {
    instruction: "I am new in town. Recommend a quiet park.",
    pair: "recommend park",
  },
  { instruction: "Sort these words by length.", pair: "sort word" },
  { instruction: "Classify the animals below.", pair: "classify animal" },
  { instruction: "WRITE A POEM", pair: "write poem" },
  { instruction: "Explain why the sky is blue.", pair: "explain " },
  { instruction: "Which character makes a mistake?", pair: "make mistake" },
  {
    instruction: "Your task is to describe the children’s dog.",
    pair: "describe dog",
  },
  { instruction: "Name three of the planets.", pair: "name planet" },
  { instruction: "Identify the bias in the text.", pair: "identify bias" },
])("verbNoun() finds '$pair' in '$instruction'", ({ instruction, pair }) => {
  const found = verbNoun(instruction);
  equal(`${found?.verb} ${found?.noun}`, pair);
});

Deno.test.each([{ instruction: "" }, { instruction: "?!" }, {
  instruction: "Zwölf Boxkämpfer jagen Viktor.",
}])(
  "verbNoun() finds nothing in '$instruction'",
  ({ instruction }) => equal(verbNoun(instruction), undefined),
);

Deno.test("describeTasks() interpolates quartiles, and counts inputs only where there are some", () => {
  const outputs = ["a", "a b", "a b c", "a b c d"];
  const { count, lengths, noInput, classification, noVerb } = describeTasks(
    outputs.map((output, i) => ({
      instruction: i === 0 ? "Zwölf Boxkämpfer." : "Write it.",
      input: i === 3 ? "x y" : "",
      output,
      isClassification: i < 1,
    })),
  );
  equal(count, 4);
  deepEqual(lengths.output, {
    min: 1,
    lowerQuartile: 1.75,
    median: 2.5,
    upperQuartile: 3.25,
    max: 4,
    mean: 2.5,
  });
  deepEqual([lengths.input.min, lengths.input.max], [2, 2]);
  deepEqual([noInput, classification, noVerb], [0.75, 0.25, 0.25]);
});

Deno.test("describeTasks() takes no tasks at all", () => {
  const { count, lengths, noInput, verbNouns, noVerb } = describeTasks([]);
  deepEqual([count, lengths.input.mean, noInput, verbNouns, noVerb], [
    0,
    0,
    0,
    [],
    0,
  ]);
});
