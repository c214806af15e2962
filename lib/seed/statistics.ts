import type { Example, Task } from "./task.ts";
import { verbNoun } from "./verb_noun.ts";

/** How long texts are, in words. */
export interface Lengths {
  /** The shortest. */
  min: number;
  /** A quarter are no longer than this. */
  lowerQuartile: number;
  /** Half are no longer than this. */
  median: number;
  /** Three quarters are no longer than this. */
  upperQuartile: number;
  /** The longest. */
  max: number;
  /** The mean. */
  mean: number;
}

/** How often a verb came with a noun. */
export interface VerbNounCount {
  /** The verb in its plain form. */
  verb: string;
  /** The head of its object; empty if there was none. */
  noun: string;
  /** Number of instructions. */
  count: number;
}

/** What {@linkcode describeTasks} tells about tasks. */
export interface TaskStatistics {
  /** Number of tasks. */
  count: number;
  /** Share of tasks whose input is empty, from 0 to 1. */
  noInput: number;
  /** Share of tasks that are classification, from 0 to 1; of those only that say so. */
  classification: number;
  /** Lengths in words; of inputs, those that are not empty. */
  lengths: { instruction: Lengths; input: Lengths; output: Lengths };
  /** Pairs of verb and noun, the most frequent first; see {@linkcode verbNoun}. */
  verbNouns: VerbNounCount[];
  /** Share of instructions in which no verb was recognized, from 0 to 1. */
  noVerb: number;
}

/**
 * Counts what can be counted about tasks: how many, how long, of which kinds, asking for what.
 *
 * @example Usage
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * const { noInput, lengths, verbNouns } = describeTasks([
 *   { instruction: "Write a poem.", input: "", output: "Roses are red." },
 *   { instruction: "Write poems about this.", input: "the sea", output: "Waves." },
 * ]);
 * equal(noInput, 0.5);
 * equal(lengths.input.max, 2);
 * deepEqual(verbNouns, [{ verb: "write", noun: "poem", count: 2 }]);
 * ```
 *
 * @param tasks Tasks, or examples that do not say whether they are classification.
 * @returns The counts; zeros where there is nothing to count.
 */
export function describeTasks(
  tasks: readonly (Example & Partial<Pick<Task, "isClassification">>)[],
): TaskStatistics {
  const labelled = tasks.filter((task) => task.isClassification !== undefined);
  const pairs = countPairs(tasks.map(({ instruction }) => instruction));
  const recognized = pairs.reduce((sum, { count }) => sum + count, 0);
  return {
    count: tasks.length,
    noInput: share(tasks, ({ input }) => input === ""),
    classification: share(labelled, (task) => task.isClassification === true),
    lengths: {
      instruction: lengths(tasks.map(({ instruction }) => instruction)),
      input: lengths(
        tasks.map(({ input }) => input).filter((input) => input !== ""),
      ),
      output: lengths(tasks.map(({ output }) => output)),
    },
    verbNouns: pairs,
    noVerb: tasks.length === 0 ? 0 : 1 - recognized / tasks.length,
  };
}

/**
 * Counts the words of a text: what stands between white space.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(countWords(" Once upon\na time. "), 4);
 * ```
 *
 * @param text Any text.
 * @returns The number of words.
 */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** The spread of the texts' lengths in words. */
function lengths(texts: readonly string[]): Lengths {
  const counts = texts.map(countWords).sort((a, b) => a - b);
  const quantile = (part: number) => {
    if (counts.length === 0) return 0;
    const at = part * (counts.length - 1);
    const [low, high] = [counts[Math.floor(at)]!, counts[Math.ceil(at)]!];
    return low + (high - low) * (at - Math.floor(at));
  };
  const sum = counts.reduce((sum, count) => sum + count, 0);
  return {
    min: quantile(0),
    lowerQuartile: quantile(0.25),
    median: quantile(0.5),
    upperQuartile: quantile(0.75),
    max: quantile(1),
    mean: counts.length === 0 ? 0 : sum / counts.length,
  };
}

/** The pairs of the instructions that have one, the most frequent first, then by the alphabet. */
function countPairs(instructions: readonly string[]): VerbNounCount[] {
  const counts = new Map<string, VerbNounCount>();
  for (const instruction of instructions) {
    const pair = verbNoun(instruction);
    if (pair === undefined) continue;
    const key = `${pair.verb} ${pair.noun}`;
    const entry = counts.get(key) ?? { ...pair, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts].sort(([a, { count: m }], [b, { count: n }]) =>
    n - m || (a < b ? -1 : 1)
  ).map(([, entry]) => entry);
}

/** Share of the items that pass, 0 of none. */
function share<Item>(
  items: readonly Item[],
  passes: (item: Item) => boolean,
): number {
  return items.length === 0 ? 0 : items.filter(passes).length / items.length;
}
