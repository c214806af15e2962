import { deepEqual, equal, ok } from "node:assert/strict";
import { JSDOM } from "jsdom";
import { transformed } from "../../lib/lab/plot/svg_transform.ts";
import { type Measurable, textBox } from "../../lib/lab/plot/text_box.ts";
import { textWidth } from "../../lib/lab/plot/text_width.ts";

function find(svg: string, selector: string): Measurable {
  const { document } = new JSDOM(`<svg>${svg}</svg>`).window;
  return document.querySelector(selector);
}

Deno.test("textWidth() grows with the size, the weight and the letters", () => {
  const width = textWidth("Loss", { fontSize: 10 });
  equal(textWidth("Loss", { fontSize: 20 }), 2 * width);
  ok(textWidth("Loss", { fontSize: 10, bold: true }) > width);
  equal(textWidth("", { fontSize: 10 }), 0);
});

Deno.test("textWidth() is within 5% of Arial's own widths", () => {
  // Advance widths of Liberation Sans at 100 px, read from the font by fontTools.
  const known = {
    "ROUGE-L to the nearest task": 1306.1,
    "held-out, learning rate": 972.9,
    "0.25": 194.6,
    "WIDE": 261.1,
  };
  for (const [text, width] of Object.entries(known)) {
    const estimate = textWidth(text, { fontSize: 100 });
    ok(Math.abs(estimate / width - 1) < 0.05, `${text}: ${estimate}`);
  }
});

Deno.test("textWidth() counts a letter and its accent once, and an emoji as a square", () => {
  const font = { fontSize: 16 };
  equal(textWidth("e\u0301", font), textWidth("e", font));
  ok(textWidth("🦙", font) >= 16);
});

Deno.test("textBox() places a text by its anchor", () => {
  const at = (anchor: string) =>
    textBox(
      find(
        `<text x="50" y="20" style="text-anchor:${anchor}">word</text>`,
        "text",
      ),
    );
  const { width } = at("start");
  equal(at("start").x, 50);
  equal(at("end").x, 50 - width);
  equal(at("middle").x, 50 - width / 2);
});

Deno.test("textBox() is lower by a text's dy, in shares of its size or in pixels", () => {
  const top = (dy: string) =>
    textBox(
      find(`<text y="20" dy="${dy}" style="font-size:10px">a</text>`, "text"),
    ).y;
  equal(top("0.7em"), top("0") + 7);
  equal(top("3"), top("0") + 3);
  equal(top(""), top("0"));
});

Deno.test("textBox() follows the size and weight of parts of a line", () => {
  const plain = textBox(find(`<text style="font-size:10px">ab</text>`, "text"));
  const mixed = textBox(find(
    `<text style="font-size:10px">a<tspan style="font-size:20px">b</tspan></text>`,
    "text",
  ));
  ok(Math.abs(mixed.width - 1.5 * plain.width) < 1e-9);
});

Deno.test("textBox() follows how texts in a group are moved and turned", () => {
  const group = (transform: string) =>
    textBox(
      find(`<g><text transform="${transform}">a long label</text></g>`, "g"),
    );
  const still = group("");
  const moved = group("translate(30,-4)");
  equal(moved.x, still.x + 30);
  equal(moved.y, still.y - 4);
  const turned = group("rotate(-90)");
  ok(Math.abs(turned.width - still.height) < 1e-9);
  ok(Math.abs(turned.height - still.width) < 1e-9);
});

Deno.test("textBox() is empty where nothing is written", () => {
  const box = textBox(find(`<g><path d="M0,0L9,9"></path></g>`, "g"));
  deepEqual(box, { x: 0, y: 0, width: 0, height: 0 });
});

Deno.test("transformed() does the last part of a transform first, and turns about a center", () => {
  const box = { x: 1, y: 0, width: 1, height: 1 };
  deepEqual(transformed(box, "translate(10 0) scale(2)"), {
    x: 12,
    y: 0,
    width: 2,
    height: 2,
  });
  const turned = transformed(box, "rotate(180, 1.5, 0.5)");
  for (const side of ["x", "y", "width", "height"] as const) {
    ok(Math.abs(turned[side] - box[side]) < 1e-9);
  }
});
