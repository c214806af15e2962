import { deepEqual, equal, ok } from "node:assert/strict";
import { checkAnswer, CHECKS } from "../../lib/evaluate/checks.ts";
import { missingWords, wordCount } from "../../lib/evaluate/words.ts";

const TASK = { mustMention: ["Ben", "kite"], maxWords: 12 };
const GOOD = "Ben had a red kite. It flew up.";

Deno.test.each([
  { name: "a good answer", answer: GOOD, ended: true, fails: [] },
  {
    name: "an answer that was cut off",
    answer: GOOD,
    ended: false,
    fails: ["ends"],
  },
  {
    name: "an answer without the kite",
    answer: "Ben ran home.",
    ended: true,
    fails: ["mentions"],
  },
  {
    name: "an answer that is a word too long",
    answer: "Ben saw a kite and a kite and a kite and a dog",
    ended: true,
    fails: ["length"],
  },
  {
    name: "an empty answer",
    answer: "",
    ended: true,
    fails: ["mentions", "length"],
  },
  {
    name: "an answer of bullets",
    answer: "- - -",
    ended: true,
    fails: ["mentions", "length"],
  },
  {
    name: "an answer that goes round and round",
    answer: "Ben and the kite and ".repeat(9),
    ended: false,
    fails: ["ends", "length", "noLoop"],
  },
])("checkAnswer() sees $name for what it is", ({ answer, ended, fails }) => {
  const { outcomes, passes } = checkAnswer(TASK, { answer, ended });
  deepEqual(CHECKS.filter((check) => !outcomes[check]), fails);
  equal(passes, fails.length === 0);
});

Deno.test("checkAnswer() allows eight words twice, and not three times", () => {
  const line = "one two three four five six seven eight. ";
  const task = { mustMention: [], maxWords: 99 };
  const noLoop = (answer: string) =>
    checkAnswer(task, { answer, ended: true }).outcomes.noLoop;
  ok(noLoop(`${line}x ${line}`));
  ok(!noLoop(`${line}x ${line}y ${line}`));
});

Deno.test("checkAnswer() takes exactly the most words", () => {
  const task = { mustMention: [], maxWords: 3 };
  const length = (answer: string) =>
    checkAnswer(task, { answer, ended: true }).outcomes.length;
  ok(length("one two three"));
  ok(!length("one two three four"));
});

Deno.test.each([
  {
    word: "kite",
    yes: [
      "Kite",
      "KITES",
      "kite's",
      "kites'",
      "kite’s",
      "(kite)",
      "_kite_",
      "kite-like",
    ],
    no: ["skite", "kitesurf", "kit", "kited", "kite2", "kiteé"],
  },
  {
    word: "Tim",
    yes: ["Tim", "Tims", "Tim's"],
    no: ["times", "Timmy", "time"],
  },
  { word: "fox", yes: ["foxes", "fox's", "Fox."], no: ["foxy"] },
  { word: "puppy", yes: ["puppies", "puppy's"], no: ["pupp"] },
  { word: "toy", yes: ["toys"], no: ["toies", "to"] },
  {
    word: "One cold day",
    yes: ["one cold day,", "one  cold\nday"],
    no: ["one day", "one coldday"],
  },
  {
    word: "45.50",
    yes: ["$45.50.", "45.50"],
    no: ["45x50", "145.50", "45.505"],
  },
  { word: "2019-06-17", yes: ["2019-06-17\n"], no: ["2019-06-1"] },
])("missingWords() knows the forms of $word", ({ word, yes, no }) => {
  for (const text of yes) deepEqual(missingWords(text, [word]), [], text);
  for (const text of no) deepEqual(missingWords(text, [word]), [word], text);
});

Deno.test("wordCount() counts words, not marks", () => {
  equal(wordCount(""), 0);
  equal(wordCount(" - a\n* b — c's\t3.5 "), 4);
  equal(wordCount("日本語 é"), 2);
});
