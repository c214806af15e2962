import type { Headline } from "./headline.ts";

/** A figure in words. */
export interface Figure {
  /** What it is. */
  readonly label: string;
  /** Its value, with its unit. */
  readonly value: string;
}

/**
 * Puts the course's headline into words; a figure before and after training is one.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(describeHeadline({ heldOutLossBefore: 3.954, heldOutLossAfter: 3.1 }), [
 *   { label: "Loss on evaluation tasks, base → tuned", value: "3.954 → 3.100 nats a token" },
 * ]);
 * ```
 *
 * @param headline The figures.
 * @returns Those that are there, in the order of the course, then figures of other names.
 */
export function describeHeadline(headline: Headline): Figure[] {
  const {
    tasksProposed,
    tasksKept,
    tokensPerSecond,
    heldOutLossBefore,
    heldOutLossAfter,
    endsByItselfBefore,
    endsByItselfAfter,
    winRate,
    ...more
  } = headline;
  const figures: [string, string | undefined][] = [
    ["Tasks kept", kept(tasksKept, tasksProposed)],
    ["Training speed", some(tokensPerSecond, (x) => `${whole(x)} tokens/s`)],
    [
      "Loss on evaluation tasks, base → tuned",
      change(heldOutLossBefore, heldOutLossAfter, {
        write: (x) => x.toFixed(3),
        unit: " nats a token",
      }),
    ],
    [
      "Story answers that end by themselves, base → tuned",
      change(endsByItselfBefore, endsByItselfAfter, {
        write: (x) => `${(100 * x).toFixed(0)}%`,
        unit: "",
      }),
    ],
    [
      "Win rate on story tasks, ties half",
      some(winRate, (x) => `${x.toFixed(1)}%`),
    ],
    ...Object.entries(more).map((
      [name, value],
    ): [string, string | undefined] => [
      words(name),
      some(value, (x) => String(Number(x.toPrecision(4)))),
    ]),
  ];
  return figures.flatMap(([label, value]) =>
    value === undefined ? [] : [{ label, value }]
  );
}

function kept(kept?: number, proposed?: number): string | undefined {
  return some(
    kept,
    (x) =>
      proposed === undefined ? whole(x) : `${whole(x)} of ${whole(proposed)}`,
  );
}

function change(
  before: number | undefined,
  after: number | undefined,
  { write, unit }: { write: (value: number) => string; unit: string },
): string | undefined {
  if (before === undefined && after === undefined) return undefined;
  const [left, right] = [before, after].map((x) => some(x, write) ?? "?");
  return `${left} → ${right}${unit}`;
}

function some(
  value: number | undefined,
  write: (value: number) => string,
): string | undefined {
  return value === undefined ? undefined : write(value);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `"peakMemory"` → `"Peak memory"`. */
function words(name: string): string {
  const text = name.replaceAll(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
