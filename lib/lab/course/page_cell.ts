import { stripVTControlCharacters } from "node:util";
import { Marked } from "marked";
import { escapeHtml } from "../plot/html.ts";
import { type Cell, type Output, whole } from "./notebook.ts";

const marked = new Marked({
  async: false,
  gfm: true,
  walkTokens(token) {
    // The page's own title is the only heading of the first rank.
    if (token.type === "heading") token.depth = Math.min(6, token.depth + 1);
  },
});

/**
 * Draws a cell of an executed notebook as HTML.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * match(drawCell({ cell_type: "markdown", source: "# Hi" }), /<h2>Hi<\/h2>/);
 * match(drawCell({ cell_type: "code", source: "1 < 2" }), /1 &lt; 2/);
 * ```
 *
 * @param cell The cell.
 * @returns HTML; empty for a cell without text.
 */
export function drawCell(cell: Cell): string {
  const source = whole(cell.source).trimEnd();
  if (source === "") return "";
  if (cell.cell_type === "markdown") {
    return `<div class="prose">${marked.parse(source)}</div>\n`;
  }
  if (cell.cell_type === "raw") return "";
  const outputs = (cell.outputs ?? []).map(drawOutput).join("");
  return `<pre class="code"><code>${escapeHtml(source)}</code></pre>\n` +
    (outputs === "" ? "" : `<div class="outputs">${outputs}</div>\n`);
}

/**
 * Draws what a cell gave, in the richest form that a page without scripts can show.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(drawOutput({ output_type: "stream", name: "stdout", text: "a<b" }), '<pre class="stdout">a&lt;b</pre>\n');
 * ```
 *
 * @param output The output.
 * @returns HTML.
 */
export function drawOutput(output: Output): string {
  switch (output.output_type) {
    case "stream": {
      const kind = output.name === "stderr" ? "stderr" : "stdout";
      return pre(kind, whole(output.text));
    }
    case "error": {
      const first = `${output.ename}: ${output.evalue}`;
      const trace = output.traceback.join("\n");
      return pre("error", trace.includes(output.evalue) ? trace : first);
    }
    case "display_data":
    case "execute_result":
      return drawBundle(output.data);
  }
}

function drawBundle(data: Record<string, unknown>): string {
  const text = textOf(data["text/plain"]);
  const svg = textOf(data["image/svg+xml"]);
  if (svg !== undefined) return image("image/svg+xml", base64(svg), text);
  for (const type of ["image/png", "image/jpeg"]) {
    const picture = textOf(data[type]);
    if (picture !== undefined) {
      return image(type, picture.replaceAll(/\s/g, ""), text);
    }
  }
  const html = textOf(data["text/html"]);
  if (html !== undefined) return `<div class="html">${inert(html)}</div>\n`;
  const markdown = textOf(data["text/markdown"]);
  if (markdown !== undefined) {
    return `<div class="prose">${marked.parse(markdown)}</div>\n`;
  }
  return text === undefined ? "" : pre("stdout", text);
}

/** A picture as part of the page. A picture in an `<img>` runs no scripts. */
function image(type: string, data: string, alt = "picture"): string {
  return `<img src="data:${type};base64,${data}" alt="${escapeHtml(alt)}">\n`;
}

function pre(kind: string, text: string): string {
  const plain = stripVTControlCharacters(text).trimEnd();
  return `<pre class="${kind}">${escapeHtml(plain)}</pre>\n`;
}

/** HTML without scripts: the page must not depend on any. */
function inert(html: string): string {
  return html.replaceAll(/<script\b[\s\S]*?<\/script\s*>/gi, "");
}

/** Text of a bundle, which nbformat stores whole or by lines. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join("") : undefined;
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
