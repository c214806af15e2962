import { countWords } from "../seed/statistics.ts";
import type { Example } from "../seed/task.ts";

/** Why a task cannot be used, whatever other tasks there are. */
export type RuleName =
  | "too short"
  | "too long"
  | "forbidden word"
  | "write a program"
  | "begins with punctuation"
  | "begins in another script"
  | "empty output"
  | "output repeats instruction"
  | "output repeats input";

/** A rule that a task must keep. */
export interface Rule {
  /** Its name. */
  name: RuleName;
  /** Why it is there. */
  why: string;
  /** What in a task breaks it; `undefined` if nothing does. */
  find: (task: Example) => string | undefined;
}

/** A rule that a task broke. */
export interface BrokenRule {
  /** Name of the rule. */
  rule: RuleName;
  /** What in the task breaks it. */
  found: string;
}

/** Shortest and longest instruction, in words. */
const WORDS = { min: 4, max: 150 } as const;

/**
 * What a text alone can neither show nor do, as the recipe lists it. Only whole words count, and
 * only in instructions: a story may well hold a map or some music.
 */
const FORBIDDEN =
  /(?<![\p{L}\p{N}_])(images?|graphs?|pictures?|files?|maps?|draw|plot|go to|video|audio|music|flowchart|diagram)(?![\p{L}\p{N}_])/iu;

/** What Python's `string.punctuation` holds. */
const PUNCTUATION = /^[!-/:-@[-`{-~]/;

/**
 * The rules that Alpaca's recipe holds instructions to, and those that Self-Instruct holds answers
 * to, in the order in which they are tried.
 *
 * @see {@link https://github.com/tatsu-lab/stanford_alpaca | Alpaca, generate_instruction.py}
 * @see {@link https://arxiv.org/abs/2212.10560 | Wang et al. (2023), section 2.2}
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(RULES[0]?.name, "too short");
 * ```
 */
export const RULES: readonly Rule[] = [
  {
    name: "too short",
    why:
      `An instruction of fewer than ${WORDS.min} words hardly says what to do.`,
    find: ({ instruction }) =>
      outside(countWords(instruction), { min: WORDS.min }),
  },
  {
    name: "too long",
    why:
      `An instruction of more than ${WORDS.max} words is mostly material that belongs into the input.`,
    find: ({ instruction }) =>
      outside(countWords(instruction), { max: WORDS.max }),
  },
  {
    name: "forbidden word",
    why:
      "Pictures, sounds, files and places are out of reach for a model of text, whose answer could only pretend.",
    find: ({ instruction }) => instruction.match(FORBIDDEN)?.[0],
  },
  {
    name: "write a program",
    why:
      "Teachers write such tasks far too often, and leave it unclear whether the answer is code.",
    find: ({ instruction }) => instruction.match(/^Write a program/)?.[0],
  },
  {
    name: "begins with punctuation",
    why: "Such an instruction was mostly cut from the middle of something.",
    find: ({ instruction }) => instruction.match(PUNCTUATION)?.[0],
  },
  {
    name: "begins in another script",
    why:
      "The tasks are to be English, and the first character is a cheap sign of it.",
    find: ({ instruction }) => instruction.match(/^\P{ASCII}/u)?.[0],
  },
  {
    name: "empty output",
    why: "A model that learns from no answer learns to give none.",
    find: ({ output }) => output.trim() === "" ? "no text" : undefined,
  },
  {
    name: "output repeats instruction",
    why: "An echo of the question is no answer to it.",
    find: ({ instruction, output }) => same(instruction, output),
  },
  {
    name: "output repeats input",
    why: "An echo of the material is no work done on it.",
    find: ({ input, output }) => same(input, output),
  },
];

/**
 * Tries the rules on a task, in order.
 *
 * @example Usage
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * const task = { instruction: "Draw a map of your town.", input: "", output: "Here it is." };
 * deepEqual(brokenRule(task), { rule: "forbidden word", found: "Draw" });
 * equal(brokenRule({ ...task, instruction: "Tell me about your town." }), undefined);
 * ```
 *
 * @param task The task.
 * @param rules The rules.
 * @returns The first rule that the task breaks, if there is one.
 */
export function brokenRule(
  task: Example,
  rules: readonly Rule[] = RULES,
): BrokenRule | undefined {
  for (const { name, find } of rules) {
    const found = find(task);
    if (found !== undefined) return { rule: name, found };
  }
  return undefined;
}

/** Tells a number of words that is out of bounds. */
function outside(
  count: number,
  { min = 0, max = Infinity }: { min?: number; max?: number },
): string | undefined {
  return count < min || count > max ? `${count} words` : undefined;
}

/** Tells a text that is there twice; white space and case aside. */
function same(a: string, b: string): string | undefined {
  const [left, right] = [a, b].map((text) =>
    text.trim().replace(/\s+/g, " ").toLowerCase()
  );
  return left !== "" && left === right ? b.trim() : undefined;
}
