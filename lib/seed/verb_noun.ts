import {
  AUXILIARIES,
  BOUNDARIES,
  FILLERS,
  FORMS_OF_BE,
  OPENERS,
  QUESTION_WORDS,
  VERBS,
} from "./words.ts";

/** What an instruction asks for, in two words. */
export interface VerbNoun {
  /** The verb in its plain form, such as `"write"`; `"be"` for "What is …?". */
  verb: string;
  /** The head of its object in the singular, such as `"story"`; empty if there is none. */
  noun: string;
}

/**
 * Guesses the main verb of an English instruction, and that verb's object.
 *
 * Self-Instruct parses every sentence with a trained parser; this looks words up in a list of verbs
 * and takes the last word of the noun phrase that follows. It is right for the plain commands and
 * questions that most tasks are made of, and is otherwise a guess: good for a picture of how varied
 * the tasks are, not for grammar.
 *
 * @see {@link https://arxiv.org/abs/2212.10560 | Wang et al. (2023), figure 3}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(verbNoun("Write a short story about a brave mouse."), { verb: "write", noun: "story" });
 * deepEqual(verbNoun("How do I bake a cake?"), { verb: "bake", noun: "cake" });
 * ```
 *
 * @param instruction One or more sentences; the first that has a known verb counts.
 * @returns The two words, or `undefined` if no verb was found.
 */
export function verbNoun(instruction: string): VerbNoun | undefined {
  for (const sentence of instruction.split(/(?<=[.!?:])\s+|\n+/)) {
    for (const clause of clauses(sentence)) {
      const found = inClause(clause);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The parts of a sentence between commas, as lower-case words; a closing mark stays a word. */
function clauses(sentence: string): string[][] {
  return sentence.toLowerCase().replaceAll("’", "'").split(/[,;()"“”]/)
    .map((clause) => clause.match(/[\p{L}\p{N}'’-]+/gu) ?? [])
    .filter((words) => words.length > 0);
}

/** The verb of a command or question, and its object. */
function inClause(words: readonly string[]): VerbNoun | undefined {
  const first = words[0]!;
  if (QUESTION_WORDS.has(first)) return inQuestion(words, 1);
  if (AUXILIARIES.has(first) && words.length > 1) {
    const command = VERBS.has(first) && !SUBJECTS.has(words[1]!) &&
      first === "do";
    if (!command) return inQuestion(words, 0);
  }
  const at = words.findIndex((word) => !FILLERS.has(word));
  const verb = words[at];
  if (verb === undefined || !VERBS.has(verb)) return undefined;
  return { verb, noun: headNoun(words.slice(at + 1)) };
}

const SUBJECTS = new Set("i you we they he she it the these those".split(" "));

/** The verb of a question whose own words begin at `start`. */
function inQuestion(
  words: readonly string[],
  start: number,
): VerbNoun | undefined {
  const helper = words.findIndex((word, i) =>
    i >= start && AUXILIARIES.has(word)
  );
  if (helper >= 0) {
    // The subject comes first, so that the verb is at the earliest the second word behind.
    const verb = words.findIndex((word, i) =>
      i > helper + 1 && VERBS.has(word)
    );
    if (verb > 0 && !FORMS_OF_BE.has(words[helper]!)) {
      return { verb: words[verb]!, noun: headNoun(words.slice(verb + 1)) };
    }
    if (FORMS_OF_BE.has(words[helper]!)) {
      return { verb: "be", noun: headNoun(words.slice(helper + 1)) };
    }
    return undefined;
  }
  const verb = words.findIndex((word, i) =>
    i >= start && VERBS.has(plain(word))
  );
  if (verb < 0) return undefined;
  return { verb: plain(words[verb]!), noun: headNoun(words.slice(verb + 1)) };
}

/**
 * The last word of the noun phrase that words begin with, in the singular; empty if there is none.
 */
function headNoun(words: readonly string[]): string {
  let head = "";
  for (const word of words) {
    if (OPENERS.has(word) || /^\d/.test(word)) {
      if (head !== "") break;
      continue;
    }
    if (BOUNDARIES.has(word)) {
      if (head === "" && word === "of") continue;
      break;
    }
    if (head !== "" && word.endsWith("ly")) break;
    head = word;
  }
  return singular(head.replace(/'s?$/, ""));
}

/** A third person without its ending: "makes" is "make". */
function plain(verb: string): string {
  if (VERBS.has(verb)) return verb;
  const stem = verb.replace(/ies$/, "y");
  return [stem, verb.replace(/s$/, ""), verb.replace(/es$/, "")]
    .find((form) => VERBS.has(form)) ?? verb;
}

/** A regular plural without its ending; words such as "class" and "analysis" stay. */
function singular(noun: string): string {
  if (noun.length < 4 || /(ss|us|is|ias)$/.test(noun)) return noun;
  if (noun === "series" || noun === "species" || noun === "news") return noun;
  if (/[^aeiou]ies$/.test(noun)) return noun.replace(/ies$/, "y");
  if (/(ches|shes|sses|xes|zes)$/.test(noun)) return noun.replace(/es$/, "");
  return noun.replace(/s$/, "");
}
