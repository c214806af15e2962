import { createRequire } from "node:module";
import { seededRandom } from "../../core/random.ts";
import { type Measurable, textBox } from "./text_box.ts";

/** The page that Plotly draws on: an HTML element that stays empty between drawings. */
export type Page = { remove(): void };

/** The functions of Plotly that drawing without a browser needs. */
export interface Plotly {
  /** Makes an empty page. */
  page(): Page;
  /** Copies data into the drawing's own world, whose arrays and objects Plotly recognizes. */
  copy(value: unknown): unknown;
  /** Starts the stream of numbers from which Plotly takes the ids inside a drawing. */
  seed(seed: number): void;
  /** Draws a figure on a page. */
  newPlot(
    page: Page,
    data: unknown,
    layout: unknown,
    config: unknown,
  ): Promise<unknown>;
  /** Gives the drawing on a page as text or data URL. */
  toImage(page: Page, options: unknown): Promise<string>;
  /** Frees what belongs to a page. */
  purge(page: Page): void;
}

let loading: Promise<Plotly> | undefined;

/**
 * Loads Plotly into a document that no browser shows, once a process.
 *
 * The first call takes about a second and a hundred megabytes; the next ones cost nothing.
 *
 * @see {@link https://plotly.com/javascript/plotlyjs-function-reference/ | Plotly's functions}
 *
 * @example It is loaded once
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(await loadPlotly(), await loadPlotly());
 * ```
 *
 * @returns Plotly's functions.
 */
export function loadPlotly(): Promise<Plotly> {
  return loading ??= load();
}

/** The parts of jsdom's window that are set or used here. */
interface Window {
  document: {
    createElement(name: string): Page;
    body: { append(child: Page): void };
  };
  Element: { prototype: Record<string, unknown> };
  SVGElement: { prototype: Record<string, unknown> };
  HTMLCanvasElement: { prototype: Record<string, unknown> };
  JSON: { parse(text: string): unknown };
  Math: { random: () => number };
  URL: Record<string, unknown>;
  TextDecoder: typeof TextDecoder;
  TextEncoder: typeof TextEncoder;
  structuredClone: typeof structuredClone;
  Plotly: Pick<Plotly, "newPlot" | "toImage" | "purge">;
  eval(source: string): void;
}

async function load(): Promise<Plotly> {
  const { JSDOM } = await import("jsdom");
  const { window }: { window: Window } = new JSDOM(
    "<!DOCTYPE html><body></body>",
    { pretendToBeVisual: false, runScripts: "outside-only" },
  );
  measureText(window);
  fillGaps(window);
  const source = createRequire(import.meta.url).resolve("plotly.js-dist");
  window.eval(await Deno.readTextFile(source));
  return {
    page() {
      const page = window.document.createElement("div");
      window.document.body.append(page);
      return page;
    },
    copy: (value) => window.JSON.parse(JSON.stringify(value)),
    seed: (seed) => window.Math.random = seededRandom(seed),
    newPlot: (...given) => window.Plotly.newPlot(...given),
    toImage: (...given) => window.Plotly.toImage(...given),
    purge: (page) => window.Plotly.purge(page),
  };
}

/** jsdom lays nothing out, so that it calls every text zero pixels wide. */
function measureText(window: Window): void {
  window.SVGElement.prototype.getBBox = function (this: Measurable) {
    return textBox(this);
  };
  window.SVGElement.prototype.getComputedTextLength = function (
    this: Measurable,
  ) {
    return textBox(this).width;
  };
  window.Element.prototype.getBoundingClientRect = function (this: Measurable) {
    const { x, y, width, height } = textBox(this);
    return {
      x,
      y,
      width,
      height,
      left: x,
      top: y,
      right: x + width,
      bottom: y + height,
    };
  };
}

/** What Plotly expects of a browser while it loads, and jsdom lacks. */
function fillGaps(window: Window): void {
  window.URL.createObjectURL = () => "blob:none";
  window.HTMLCanvasElement.prototype.getContext = () => null;
  window.TextDecoder = TextDecoder;
  window.TextEncoder = TextEncoder;
  window.structuredClone = structuredClone;
}
