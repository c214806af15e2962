import { rougeL } from "../../lib/filter/rouge_l.ts";
import { NoveltyIndex } from "../../lib/filter/novelty.ts";
import { readSeedTasks } from "../../lib/seed/load.ts";
import { interleaved, type Speed } from "./interleaved.ts";

/**
 * Times ROUGE-L over all pairs of the seed tasks' instructions: one pair after the other, and by the
 * index that skips pairs which cannot be the nearest.
 *
 * @returns One table, in pairs a second.
 */
export async function benchRouge(): Promise<Record<string, Speed[]>> {
  const texts = (await readSeedTasks()).map(({ instruction }) => instruction);
  const pairs = texts.length * (texts.length - 1) / 2;
  const table = await interleaved([
    {
      name: "rougeL() on each pair",
      run() {
        for (const [i, a] of texts.entries()) {
          for (let j = 0; j < i; j++) rougeL(a, texts[j]!);
        }
        return pairs;
      },
    },
    {
      name: "NoveltyIndex",
      run() {
        const index = new NoveltyIndex();
        for (const text of texts) {
          index.nearest(text);
          index.add(text);
        }
        return pairs;
      },
    },
  ]);
  return { "nearest of 175 instructions, pairs/s": table };
}
