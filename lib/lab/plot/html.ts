import { type Bundle, jupyterDisplay } from "./bundle.ts";

/** A piece of HTML that shows itself in a notebook, with the text that stands for it elsewhere. */
export interface Fragment {
  /** HTML with its styles inline; everything that came from data is escaped. */
  readonly html: string;
  /** The same as text. */
  readonly text: string;
  /** Lets the Deno kernel draw it where it is a cell's last expression. */
  readonly [jupyterDisplay]: () => Bundle;
}

/** Keeps JupyterLab from setting what stands between two dollar signs as a formula. */
const UNSET = "mathjax_ignore";

/**
 * Makes a piece of HTML that shows itself in a notebook, with every dollar sign as it is.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { toBundle } from "cria/lab/plot/bundle.ts";
 *
 * const { html, text } = fragment(`<b>${escapeHtml("1 < 2")}</b>`, "1 < 2");
 * deepEqual(await toBundle(fragment(html, text)), {
 *   "text/html": '<div class="mathjax_ignore"><b>1 &lt; 2</b></div>',
 *   "text/plain": "1 < 2",
 * });
 * ```
 *
 * @param html HTML; what came from data must be escaped by {@linkcode escapeHtml}.
 * @param text The same as text.
 * @returns The fragment.
 */
export function fragment(html: string, text: string): Fragment {
  return {
    html,
    text,
    [jupyterDisplay]: () => ({
      "text/html": `<div class="${UNSET}">${html}</div>`,
      "text/plain": text,
    }),
  };
}

/**
 * Makes text safe between the tags and inside the quoted attributes of HTML and SVG.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(escapeHtml(`<a title="1 & 2">`), "&lt;a title=&quot;1 &amp; 2&quot;&gt;");
 * ```
 *
 * @param text Any text.
 * @returns The same text as HTML.
 */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** Inline styles that follow JupyterLab's light and dark themes, and stand alone elsewhere. */
export const STYLE = {
  /** Letters of running text. */
  text:
    'font-family:var(--jp-content-font-family, Arial, "Liberation Sans", sans-serif);font-size:14px;line-height:1.5;color:var(--jp-content-font-color1, #222)'
      .replaceAll('"', "'"),
  /** Letters of prompts, replies and tokens. */
  code:
    "font-family:var(--jp-code-font-family, ui-monospace, Menlo, Consolas, 'Liberation Mono', monospace);font-size:13px;line-height:1.5",
  /** Less important words. */
  quiet: "color:var(--jp-content-font-color2, #5f5f5f)",
  /** A frame around something. */
  border: "border:1px solid var(--jp-border-color2, #ccc);border-radius:6px",
  /** The ground of a frame, a shade off the page's. */
  ground: "background:var(--jp-layout-color1, #fff)",
} as const;
