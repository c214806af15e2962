import { escapeHtml, type Fragment, fragment, STYLE } from "./html.ts";

/** Options for {@linkcode textCard}. */
export interface TextCardOptions {
  /** A few words above the text. @default {""} */
  title?: string;
  /** Less important words after the title. @default {""} */
  note?: string;
  /** Height above which the text scrolls, in pixels. @default {400} */
  maxHeight?: number;
}

/**
 * Frames a text as it is, with its lines and spaces: a prompt, a reply, a file.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(textCard("1. Name a <color>.").html, /Name a &lt;color&gt;/);
 * ```
 *
 * @param text The text.
 * @param options What stands above it.
 * @returns A frame with the text in it.
 */
export function textCard(
  text: string,
  options: TextCardOptions = {},
): Fragment {
  const { title = "", note = "", maxHeight = 400 } = options;
  const heading = title === "" && note === ""
    ? ""
    : `<div style="padding:6px 12px;border-bottom:1px solid var(--jp-border-color2, #ccc)"><b>${
      escapeHtml(title)
    }</b> <span style="${STYLE.quiet}">${escapeHtml(note)}</span></div>`;
  const html =
    `<div style="${STYLE.text};${STYLE.border};${STYLE.ground};max-width:860px;margin:4px 0;overflow:hidden">${heading}<pre style="${STYLE.code};color:inherit;background:transparent;margin:0;padding:10px 12px;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;max-height:${maxHeight}px;overflow:auto">${
      escapeHtml(text)
    }</pre></div>`;
  const head = [title, note].filter((part) => part !== "").join(" · ");
  return fragment(html, head === "" ? text : `${head}\n${text}`);
}
