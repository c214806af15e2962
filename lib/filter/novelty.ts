import { LcsPattern } from "./lcs.ts";
import { fMeasure } from "./rouge_l.ts";
import { rougeWords } from "./words.ts";

/** A text of a {@linkcode NoveltyIndex}, and how much it is like another. */
export interface Similar {
  /** Which text, counted from 0 in the order of adding; `-1` if there are none. */
  index: number;
  /** ROUGE-L, from 0 to 1. */
  score: number;
}

/**
 * Finds, among many texts, those that are most like a new one by ROUGE-L.
 *
 * Exact, and the same as comparing with every text in turn. But most comparisons are spared: two
 * texts share at most as many words in order as they share in any order, and that bound, counted
 * for all texts at once from lists of where each word occurs, already rules out nearly all of them.
 *
 * @see {@link https://arxiv.org/abs/2212.10560 | Wang et al. (2023), section 2.2: a task is new below 0.7}
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const index = new NoveltyIndex();
 * deepEqual(index.nearest("Name a color."), { index: -1, score: 0 });
 * index.add("Name a color.");
 * index.add("Write a poem.");
 * deepEqual(index.nearest("Write one poem."), { index: 1, score: 2 / 3 });
 * ```
 */
export class NoveltyIndex {
  /** Numbers of all words met, in the order of meeting. */
  readonly #numbers = new Map<string, number>();
  /** For every word, the texts that have it and how often: index, count, index, count… */
  readonly #occurrences: number[][] = [];
  readonly #pattern = new LcsPattern();
  /** Every text's words, one text after the other. */
  #words = new Int32Array(1024);
  /** Where each text begins in `#words`, and where the next will. */
  readonly #starts = [0];
  /** How many words each text shares with the one asked about; zero between two questions. */
  #shared = new Int32Array(64);

  /** Number of texts. */
  get size(): number {
    return this.#starts.length - 1;
  }

  /**
   * Adds a text.
   *
   * @param text The text.
   * @returns Its index.
   */
  add(text: string): number {
    const index = this.size;
    const words = rougeWords(text).map((word) => this.#numberOf(word));
    const start = this.#starts[index]!;
    const end = start + words.length;
    if (end > this.#words.length) this.#words = grown(this.#words, end);
    this.#words.set(words, start);
    this.#starts.push(end);
    for (const [word, count] of counted(words)) {
      this.#occurrences[word]!.push(index, count);
    }
    if (index >= this.#shared.length) {
      this.#shared = grown(this.#shared, index + 1);
    }
    return index;
  }

  /**
   * Finds the text that is most like another; of equals, the first.
   *
   * @param text The text to compare.
   * @returns Index and score; `{ index: -1, score: 0 }` if there are no texts.
   */
  nearest(text: string): Similar {
    return this.mostSimilar(text, 1)[0] ?? { index: -1, score: 0 };
  }

  /**
   * Finds the texts that are most like another.
   *
   * @param text The text to compare.
   * @param n How many to find.
   * @returns Up to `n` texts, the most similar first and, of equals, the first added first.
   */
  mostSimilar(text: string, n: number): Similar[] {
    const words: number[] = [];
    // Words that no text has add to the length alone, and need no numbers.
    const all = rougeWords(text);
    for (const word of all) {
      const number = this.#numbers.get(word);
      if (number !== undefined) words.push(number);
    }
    this.#countShared(words);
    this.#pattern.set(words, this.#numbers.size);
    const best = this.#search(all.length, Math.min(n, this.size));
    this.#shared.fill(0, 0, this.size);
    return best;
  }

  /** Compares with the texts whose bound allows it, and keeps the best in order. */
  #search(length: number, n: number): Similar[] {
    const best: Similar[] = [];
    if (n <= 0) return best;
    const consider = (index: number) => {
      const start = this.#starts[index]!;
      const end = this.#starts[index + 1]!;
      const bound = fMeasure(this.#shared[index]!, length, end - start);
      const last = best.length < n ? undefined : best[n - 1]!;
      if (last !== undefined && !isBefore({ index, score: bound }, last)) {
        return;
      }
      const common = bound === 0
        ? 0
        : this.#pattern.lengthWith(this.#words, start, end);
      insert(best, { index, score: fMeasure(common, length, end - start) }, n);
    };
    // One good text first, so that its score already rules out others.
    const first = this.#mostPromising(length);
    consider(first);
    const [shared, starts] = [this.#shared, this.#starts];
    for (let index = 0; index < this.size; index++) {
      const total = length + starts[index + 1]! - starts[index]!;
      const floor = best.length < n ? 0 : best[n - 1]!.score - ROUNDING;
      // The bound without its rounding: cheap, and true of nearly all texts.
      if (2 * shared[index]! < floor * total || index === first) continue;
      consider(index);
    }
    return best;
  }

  /** The text with the highest bound. */
  #mostPromising(length: number): number {
    let [index, highest] = [0, 0];
    for (let i = 0; i < this.size; i++) {
      const shared = this.#shared[i]!;
      // By the same order as the F-measure, whose value is not needed.
      const bound = shared / (length + this.#starts[i + 1]! - this.#starts[i]!);
      if (bound > highest) [index, highest] = [i, bound];
    }
    return index;
  }

  /** Counts, for every text, how many words it shares with these, in any order. */
  #countShared(words: readonly number[]): void {
    const shared = this.#shared;
    for (const [word, count] of counted(words)) {
      const occurrences = this.#occurrences[word]!;
      for (let i = 0; i < occurrences.length; i += 2) {
        const [index, there] = [occurrences[i]!, occurrences[i + 1]!];
        shared[index]! += there < count ? there : count;
      }
    }
  }

  /** The number of a word, a new one if it was never met. */
  #numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#occurrences.push([]);
    this.#numbers.set(word, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** More than the F-measure can differ from itself by the order of operations. */
const ROUNDING = 1e-9;

/** Puts a text where it belongs by score, and drops what is then too much. */
function insert(best: Similar[], similar: Similar, n: number): void {
  let at = best.length;
  while (at > 0 && isBefore(similar, best[at - 1]!)) at--;
  best.splice(at, 0, similar);
  if (best.length > n) best.pop();
}

/** Whether one text stands before another in a list of the most similar. */
function isBefore(a: Similar, b: Similar): boolean {
  return a.score > b.score || (a.score === b.score && a.index < b.index);
}

/** How often each word occurs. */
function counted(words: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** A longer copy, at least twice as long so that growing stays cheap. */
function grown(
  array: Int32Array<ArrayBuffer>,
  length: number,
): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(Math.max(length, 2 * array.length));
  copy.set(array);
  return copy;
}
