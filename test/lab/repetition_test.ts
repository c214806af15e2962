import { equal, throws } from "node:assert/strict";
import { newRuns } from "cria";

Deno.test("newRuns() is 1 for a text that says nothing twice", () => {
  equal(newRuns("Tom saw a red bird in the tall tree."), 1);
});

Deno.test("newRuns() counts a run that comes again once", () => {
  // Runs: a b c, b c a, c a b, a b c; three of the four are different.
  equal(newRuns("a b c a b c"), 3 / 4);
});

Deno.test("newRuns() does not see case and punctuation, and sees letters of any script", () => {
  equal(newRuns("The cat. THE CAT, the cat!", { words: 2 }), 2 / 5);
  equal(newRuns("да нет да нет", { words: 2 }), 2 / 3);
});

Deno.test("newRuns() is 1 for a text too short to have a run", () => {
  equal(newRuns("two words"), 1);
  equal(newRuns(""), 1);
});

Deno.test("newRuns() refuses runs of no words", () => {
  throws(() => newRuns("a b", { words: 0 }), RangeError);
});
