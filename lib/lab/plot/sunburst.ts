import type { VerbNounCount } from "../../seed/statistics.ts";
import { COLORS, type Figure, figure, PALETTE, plotText } from "./figure.ts";

/** Options for {@linkcode sunburst}. */
export interface SunburstOptions {
  /** One line above the drawing. @default {"What the instructions ask for"} */
  title?: string;
  /** How many verbs are drawn, the most frequent first. @default {20} */
  verbs?: number;
  /** How many nouns are drawn for each verb. @default {4} */
  nouns?: number;
}

/**
 * Draws which verbs (inner ring) come with which nouns (outer ring); a gap in the outer ring stands for
 * a verb without a noun.
 *
 * @see {@link https://arxiv.org/abs/2212.10560 | Wang et al. (2023), figure 3}
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const drawn = sunburst([
 *   { verb: "write", noun: "story", count: 3 },
 *   { verb: "write", noun: "poem", count: 1 },
 *   { verb: "find", noun: "verb", count: 2 },
 * ]);
 * match(drawn.summary, /^write 4: story 3, poem 1$/m);
 * ```
 *
 * @param pairs The pairs; the same pair may come more than once.
 * @param options Words, and how much to draw.
 * @returns The figure.
 */
export function sunburst(
  pairs: readonly VerbNounCount[],
  options: SunburstOptions = {},
): Figure {
  const {
    title = "What the instructions ask for",
    verbs: verbLimit = 20,
    nouns: nounLimit = 4,
  } = options;
  const verbs = Map.groupBy(pairs, ({ verb }) => verb);
  const rings = [...verbs].map(([verb, group]) => {
    const nouns = largest(
      [...Map.groupBy(group, ({ noun }) => noun)].map((
        [noun, same],
      ) => ({ name: noun, count: total(same) })),
      nounLimit,
    );
    return { name: verb, count: total(group), nouns };
  });
  const shown = largest(rings, verbLimit);
  const drawn = shown.reduce((sum, { nouns }) => sum + total(nouns), 0);
  const all = total(pairs);
  const share = all === 0 ? 0 : Math.round(100 * drawn / all);
  const ids: string[] = [];
  const labels: string[] = [];
  const parents: string[] = [];
  const values: number[] = [];
  const colors: string[] = [];
  for (const [i, { name: verb, nouns }] of shown.entries()) {
    const color = PALETTE[i % PALETTE.length]!;
    ids.push(verb);
    labels.push(plotText(verb));
    parents.push("");
    values.push(total(nouns));
    colors.push(color);
    for (const { name: noun, count } of nouns) {
      if (noun === "") continue; // Leaves a gap in the outer ring.
      ids.push(`${verb} ${noun}`);
      labels.push(plotText(noun));
      parents.push(verb);
      values.push(count);
      colors.push(lighter(color));
    }
  }
  return figure({
    title,
    subtitle:
      `${shown.length} verbs of ${verbs.size}, with their nouns: ${share}% of ${
        all.toLocaleString("en-US")
      } pairs`,
    alt: `Rings of verbs and their nouns. Most frequent: ${
      shown.slice(0, 5).map(({ name, count }) => `${name} ${count}`).join(", ")
    }.`,
    summary: shown.map(({ name, count, nouns }) =>
      `${name} ${count}: ${
        nouns.map((noun) => `${noun.name || "no noun"} ${noun.count}`).join(
          ", ",
        )
      }`
    ).join("\n"),
    data: [{
      type: "sunburst",
      ids,
      labels,
      parents,
      values,
      branchvalues: "total",
      sort: false,
      leaf: { opacity: 1 }, // A verb without nouns is no paler than the others.
      marker: { colors, line: { color: "#FFFFFF", width: 1 } },
      rotation: 90,
      insidetextorientation: "radial",
      insidetextfont: { color: colors.map(inkOn), size: 13 },
      hovertemplate: "%{label}: %{value:,}<extra></extra>",
    }],
    layout: {
      width: 680,
      height: 720,
      margin: { l: 16, r: 16, t: 72, b: 16 },
      uniformtext: { minsize: 10, mode: "hide" },
    },
  });
}

interface Counted {
  readonly name: string;
  readonly count: number;
}

function largest<Item extends Counted>(
  items: readonly Item[],
  limit: number,
): Item[] {
  return items.toSorted((a, b) =>
    b.count - a.count || (a.name < b.name ? -1 : 1)
  ).slice(0, limit);
}

function total(items: readonly { count: number }[]): number {
  return items.reduce((sum, { count }) => sum + count, 0);
}

/** Mixes a color with white, for the outer ring. */
function lighter(color: string): string {
  const mixed = [1, 3, 5].map((at) =>
    Math.round(0.55 * Number.parseInt(color.slice(at, at + 2), 16) + 0.45 * 255)
      .toString(16).padStart(2, "0")
  );
  return `#${mixed.join("")}`;
}

/** White or black, whichever is read more easily on a color. */
function inkOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) =>
    Number.parseInt(color.slice(at, at + 2), 16)
  );
  const brightness = (299 * red! + 587 * green! + 114 * blue!) / 1000;
  return brightness < 130 ? "#FFFFFF" : COLORS.ink;
}
