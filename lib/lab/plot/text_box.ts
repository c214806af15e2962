import { type Box, transformed, union } from "./svg_transform.ts";
import { textWidth } from "./text_width.ts";

/** A piece of text in an element of the DOM. */
export interface TextNode {
  /** The DOM's mark of a text. */
  readonly nodeType: 3;
  /** The text. */
  readonly textContent: string | null;
}

/** The parts of an element of the DOM that measuring needs. */
export interface Measurable {
  /** The DOM's mark of an element. */
  readonly nodeType: 1;
  /** Name of the element, such as `"text"`. */
  readonly tagName: string;
  /** The texts and elements in it, in order. */
  readonly childNodes: Iterable<Measurable | TextNode>;
  /** The elements in it. */
  readonly children: Iterable<Measurable>;
  /** The element that it is in. */
  readonly parentElement: Measurable | null;
  /** Its inline style. */
  readonly style?: { getPropertyValue(name: string): string };
  /** Reads an attribute. */
  getAttribute(name: string): string | null;
}

/** Height of a line, and of its part above the base line, as shares of the font size. */
const LINE = 1.3;
const ASCENT = 0.93;
const DESCENT = 0.22;

/**
 * Finds the box around an SVG element's text, in place of the layout that a browser would do.
 *
 * Reads position, size, weight, lines (`tspan.line`) and anchor of `text` elements as Plotly writes
 * them, and how the groups around them are moved and turned; shapes have no extent.
 *
 * @example Two lines are higher than one, and as wide as the wider
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { JSDOM } from "jsdom";
 *
 * const { document } = new JSDOM(`<svg><text style="font-size:20px">
 *   <tspan class="line">a</tspan><tspan class="line" dy="1.3em">wider</tspan></text></svg>`).window;
 * const box = textBox(document.querySelector("text"));
 * ok(box.height > 40 && box.width > 40);
 * ```
 *
 * @param element A `text`, a `tspan`, or a group of them.
 * @returns The box; empty at the origin where there is no text.
 */
export function textBox(element: Measurable): Box {
  const name = element.tagName.toLowerCase();
  if (name === "text" || name === "tspan") return linesBox(element);
  const boxes = [...element.children].map((child) =>
    transformed(textBox(child), child.getAttribute("transform") ?? "")
  );
  return union(boxes.filter(({ width }) => width > 0));
}

function linesBox(text: Measurable): Box {
  const fontSize = fontSizeOf(text);
  const lines = [...text.children].filter((child) =>
    child.getAttribute("class") === "line"
  );
  const widths = (lines.length === 0 ? [text] : lines).map((line) =>
    runWidth(line)
  );
  const width = Math.max(...widths);
  const anchor = styleOf(text, "text-anchor");
  const shift = anchor === "middle" ? 0.5 : anchor === "end" ? 1 : 0;
  return {
    x: Number(text.getAttribute("x") ?? 0) - shift * width,
    y: Number(text.getAttribute("y") ?? 0) + shiftDown(text, fontSize) -
      ASCENT * fontSize,
    width,
    height: ((widths.length - 1) * LINE + ASCENT + DESCENT) * fontSize,
  };
}

/** How far below its `y` a text is written: Plotly gives `dy` in shares of the font size. */
function shiftDown(text: Measurable, fontSize: number): number {
  const shift = text.getAttribute("dy") ?? "";
  return (Number.parseFloat(shift) || 0) *
    (shift.endsWith("em") ? fontSize : 1);
}

/** Width of a line whose parts may differ in size and weight. */
function runWidth(line: Measurable): number {
  const font = { fontSize: fontSizeOf(line), bold: isBold(line) };
  let width = 0;
  for (const node of line.childNodes) {
    width += node.nodeType === 1
      ? runWidth(node)
      : textWidth(node.textContent ?? "", font);
  }
  return width;
}

function isBold(element: Measurable): boolean {
  const weight = styleOf(element, "font-weight");
  return weight === "bold" || Number(weight) >= 600;
}

function fontSizeOf(element: Measurable): number {
  const size = Number.parseFloat(styleOf(element, "font-size"));
  return Number.isFinite(size) ? size : 12;
}

/** A property that is set on the element itself or, nearest first, on those around it. */
function styleOf(element: Measurable, property: string): string {
  for (
    let at: Measurable | null = element;
    at !== null;
    at = at.parentElement
  ) {
    const own = at.style?.getPropertyValue(property) ||
      at.getAttribute(property);
    if (own) return own;
  }
  return "";
}
