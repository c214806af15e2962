import { escapeHtml, type Fragment, fragment, STYLE } from "./html.ts";

/** What one model said to an instruction. */
export interface ShownAnswer {
  /** Who said it, such as `"base"`. */
  name: string;
  /** What was said. */
  text: string;
  /** Checks by name, and whether the answer passes each. @default {{}} */
  checks?: Readonly<Record<string, boolean>>;
}

/** One instruction with the answers to compare. */
export interface ShownComparison {
  /** What was to be done. */
  instruction: string;
  /** What it was to be done with. @default {""} */
  input?: string;
  /** The answers, from left to right. */
  answers: readonly ShownAnswer[];
}

/**
 * Shows answers to the same instructions beside each other, each with the checks it passes (✓) and
 * fails (✗).
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const shown = sideBySide([{
 *   instruction: "Write a story about a duck.",
 *   answers: [
 *     { name: "base", text: "a duck a duck a", checks: { ends: false } },
 *     { name: "tuned", text: "Dot was a duck. She swam home.", checks: { ends: true } },
 *   ],
 * }]);
 * match(shown.text, /tuned \(✓ ends\): Dot was a duck/);
 * ```
 *
 * @param comparisons The instructions, from top to bottom.
 * @returns Cards.
 */
export function sideBySide(comparisons: readonly ShownComparison[]): Fragment {
  return fragment(
    `<div style="${STYLE.text};max-width:980px">${
      comparisons.map(block).join("")
    }</div>`,
    comparisons.map(asText).join("\n\n"),
  );
}

function block({ instruction, input = "", answers }: ShownComparison): string {
  const given = input === ""
    ? ""
    : `<div style="white-space:pre-wrap;overflow-wrap:anywhere;${STYLE.quiet}">${
      escapeHtml(input)
    }</div>`;
  return `<section style="margin:8px 0 18px"><div style="margin-bottom:6px"><b style="white-space:pre-wrap">${
    escapeHtml(instruction)
  }</b>${given}</div><div style="display:flex;flex-wrap:wrap;gap:10px;align-items:stretch">${
    answers.map(card).join("")
  }</div></section>`;
}

function card({ name, text, checks = {} }: ShownAnswer): string {
  const marks = Object.entries(checks).map(([check, passed]) =>
    `<span style="white-space:nowrap;margin-left:10px;color:${
      passed ? GOOD : BAD
    }">${
      passed ? "✓" : "✗"
    }&nbsp;<span style="color:var(--jp-content-font-color1, #222)">${
      escapeHtml(check)
    }</span></span>`
  ).join("");
  const answer = text.trim() === ""
    ? `<i style="${STYLE.quiet}">no answer</i>`
    : escapeHtml(text.trim());
  return `<div style="flex:1 1 300px;min-width:0;${STYLE.border};${STYLE.ground}"><div style="padding:4px 12px;border-bottom:1px solid var(--jp-border-color2, #ccc);display:flex;flex-wrap:wrap;justify-content:space-between"><b>${
    escapeHtml(name)
  }</b><span style="font-size:13px">${marks}</span></div><div style="padding:8px 12px;white-space:pre-wrap;overflow-wrap:anywhere">${answer}</div></div>`;
}

/** Green and orange that read on white and on black, and differ for every kind of color vision. */
const GOOD = "#009E73";
const BAD = "#D55E00";

function asText({ instruction, input = "", answers }: ShownComparison): string {
  return [
    `» ${instruction}`,
    ...(input === "" ? [] : [input]),
    ...answers.map(({ name, text, checks = {} }) => {
      const marks = Object.entries(checks).map(([check, passed]) =>
        `${passed ? "✓" : "✗"} ${check}`
      ).join(", ");
      return `${name}${marks === "" ? "" : ` (${marks})`}: ${text.trim()}`;
    }),
  ].join("\n");
}
