import type { Verdict } from "./judge.ts";

/** One step on the way from what a teacher wrote to what is kept. */
export interface FunnelStage {
  /** What is left at this step. */
  name: "written" | "parsed" | "within the rules" | "new";
  /** How many are left. */
  count: number;
  /** How many were lost on the way here, by reason; the most frequent reason first. */
  lost: { reason: string; count: number }[];
}

/**
 * Counts how many candidates are left after each step of {@linkcode filterTasks}, and why the
 * others are not.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { filterTasks } from "./judge.ts";
 *
 * const tasks = ["Name a color of the sky.", "Draw the sky at night."]
 *   .map((instruction) => ({ instruction, input: "", output: "Blue." }));
 * const stages = funnel(filterTasks(tasks));
 * deepEqual(stages.map(({ count }) => count), [2, 2, 1, 1]);
 * deepEqual(stages[2]?.lost, [{ reason: "forbidden word", count: 1 }]);
 * ```
 *
 * @param verdicts The verdicts.
 * @returns The four steps in order; the last counts what is kept.
 */
export function funnel(verdicts: Iterable<Verdict>): FunnelStage[] {
  const [flaws, rules, copies] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  let written = 0;
  for (const verdict of verdicts) {
    written++;
    switch (verdict.kind) {
      case "unparsable":
        count(flaws, verdict.flaw.reason);
        break;
      case "rule":
        count(rules, verdict.rule);
        break;
      case "near-copy":
        count(
          copies,
          verdict.nearest.source === "seed"
            ? "near copy of a seed"
            : "near copy of a kept task",
        );
        break;
      case "kept":
    }
  }
  let left = written;
  const stage = (
    name: FunnelStage["name"],
    reasons: Map<string, number>,
  ): FunnelStage => {
    const lost = [...reasons].map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count);
    left -= lost.reduce((sum, { count }) => sum + count, 0);
    return { name, count: left, lost };
  };
  return [
    stage("written", new Map()),
    stage("parsed", flaws),
    stage("within the rules", rules),
    stage("new", copies),
  ];
}

/** Counts one more. */
function count(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
