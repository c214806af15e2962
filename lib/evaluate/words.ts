/**
 * Counts the words of a text: runs without a space that have a letter or a digit in them.
 *
 * @example A bullet is no word
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(wordCount("- Don't run, 3.5 miles!"), 4);
 * ```
 *
 * @param text Any text.
 * @returns The number of words.
 */
export function wordCount(text: string): number {
  return text.split(/\s+/).filter((run) => /[\p{L}\p{N}]/u.test(run)).length;
}

/**
 * Finds which words or phrases a text does not have.
 *
 * A word counts if it stands alone, in small letters or capitals, also with an ending that English
 * gives a noun: `kites`, `kite's`, `kites'`, `foxes`, `ponies`. Other forms do not count (`tried`
 * for `try`, `mice` for `mouse`), and what the word means is not looked at: "dots" has the name Dot.
 * In a phrase, one space stands for any blank.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(missingWords("BEN's two kites", ["Ben", "kite"]), []);
 * deepEqual(missingWords("The bench has a kitten.", ["Ben", "kite"]), ["Ben", "kite"]);
 * ```
 *
 * @param text Any text.
 * @param words Words, names or phrases.
 * @returns Those that it lacks, in their order.
 */
export function missingWords(
  text: string,
  words: readonly string[],
): string[] {
  return words.filter((word) => !patternOf(word).test(text));
}

/** What a word looks like in a text. */
function patternOf(word: string): RegExp {
  const escaped = word.trim()
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replace(/\s+/g, "\\s+");
  const forms = [
    `${escaped}${/(?:[sxz]|ch|sh)$/i.test(word) ? "(?:es)?" : "s?"}`,
  ];
  if (/[^aeiou]y$/i.test(word)) forms.push(`${escaped.slice(0, -1)}ies`);
  return new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${forms.join("|")})(?:['’]s?)?(?![\\p{L}\\p{N}])`,
    "iu",
  );
}
