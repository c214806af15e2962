import type { Random } from "../../lib/core/random.ts";

/** Length of the longest common subsequence by the table of the textbooks. */
export function plainLcs<Word>(a: readonly Word[], b: readonly Word[]): number {
  const row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    let diagonal = 0;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j]!;
      row[j] = b[j - 1] === word ? diagonal + 1 : Math.max(above, row[j - 1]!);
      diagonal = above;
    }
  }
  return row[b.length]!;
}

/** A text of 1 to `longest` words, some of which are much more frequent than others. */
export function randomText(random: Random, longest: number): string {
  const length = 1 + Math.floor(random() * longest);
  return Array.from({ length }, () => `w${Math.floor(60 * random() ** 3)}`)
    .join(" ");
}
