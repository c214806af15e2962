import { escapeHtml, type Fragment, fragment, STYLE } from "./html.ts";

/** A token of one example, as training sees it. */
export interface MaskedToken {
  /** Number of the token in the vocabulary. */
  id: number;
  /** The characters that it stands for. */
  text: string;
  /** Whether the model is taught to predict it; if not, it is masked out of the loss. */
  learned: boolean;
  /** Whether it marks a begin, an end or padding and stands for no text. @default {false} */
  special?: boolean;
}

/** Options for {@linkcode tokenMask}. */
export interface TokenMaskOptions {
  /** A few words above the tokens. @default {""} */
  title?: string;
}

/**
 * Shows one example as chips, a token each: gray if it is only read, blue if it is learned.
 *
 * Spaces are drawn as `·`, ends of lines as `⏎`; a special token has a dashed frame. The number of a
 * token appears under the pointer.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const shown = tokenMask([
 *   { id: 29892, text: "Say hi.", learned: false },
 *   { id: 6324, text: " Hi", learned: true },
 *   { id: 2, text: "</s>", learned: true, special: true },
 * ]);
 * equal(shown.text, "learned 2 of 3 tokens: Say hi.[[ Hi</s>]]");
 * ```
 *
 * @param tokens The tokens of one example, in order.
 * @param options What stands above them.
 * @returns Chips with a legend; as text, what is learned stands in double brackets.
 */
export function tokenMask(
  tokens: readonly MaskedToken[],
  options: TokenMaskOptions = {},
): Fragment {
  const { title = "" } = options;
  const learned = tokens.filter((token) => token.learned).length;
  const count = `learned ${learned} of ${tokens.length} tokens`;
  const legend = [
    [chip({ text: "masked", learned: false }, ""), "read, not learned"],
    [chip({ text: "learned", learned: true }, ""), "counts in the loss"],
    [
      chip({ text: "special", learned: false, special: true }, ""),
      "begin, end, padding",
    ],
  ].map(([sample, meaning]) =>
    `<span style="margin-right:18px;white-space:nowrap">${sample} ${meaning}</span>`
  ).join("");
  const html =
    `<div style="${STYLE.text};${STYLE.border};${STYLE.ground};max-width:860px;margin:4px 0;padding:10px 12px"><div><b>${
      escapeHtml(title)
    }</b> <span style="${STYLE.quiet}">${count}</span></div><div style="font-size:12px;margin:4px 0 10px;${STYLE.quiet}">${legend}</div><div style="line-height:1.8">${
      tokens.map((token) =>
        chip(
          token,
          `id ${token.id} · ${token.learned ? "learned" : "masked"}`,
        ) +
        (token.text.endsWith("\n") ? "<br>" : "")
      ).join("")
    }</div></div>`;
  return fragment(html, `${count}: ${bracketed(tokens)}`);
}

function chip(token: Omit<MaskedToken, "id">, hint: string): string {
  const { text, learned, special = false } = token;
  const ground = learned ? "rgba(86,180,233,0.35)" : "rgba(128,128,128,0.16)";
  const letters = learned
    ? "color:var(--jp-content-font-color1, #222);font-weight:600"
    : "color:var(--jp-content-font-color2, #5f5f5f)";
  const frame = special
    ? "border:1px dashed currentColor"
    : "border:1px solid transparent";
  return `<span title="${
    escapeHtml(hint)
  }" style="${STYLE.code};${letters};${frame};background:${ground};border-radius:4px;padding:0 3px;margin:1px 2px 1px 0;white-space:pre-wrap;display:inline-block">${
    escapeHtml(visible(text))
  }</span>`;
}

/** Draws what has no ink. */
function visible(text: string): string {
  return text === "" ? "∅" : text.replaceAll(" ", "·")
    .replaceAll("\t", "→").replaceAll("\r", "␍").replaceAll("\n", "⏎");
}

function bracketed(tokens: readonly MaskedToken[]): string {
  let text = "";
  let inside = false;
  for (const token of tokens) {
    if (token.learned !== inside) text += token.learned ? "[[" : "]]";
    inside = token.learned;
    text += token.text;
  }
  return inside ? `${text}]]` : text;
}
