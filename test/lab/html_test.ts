import { deepEqual, equal, match, ok } from "node:assert/strict";
import { toBundle } from "../../lib/lab/plot/bundle.ts";
import { escapeHtml } from "../../lib/lab/plot/html.ts";
import { sideBySide } from "../../lib/lab/plot/side_by_side.ts";
import { table } from "../../lib/lab/plot/table.ts";
import { textCard } from "../../lib/lab/plot/text_card.ts";
import { tokenMask } from "../../lib/lab/plot/token_mask.ts";

const EVIL = `<img src=x onerror="alert('&')">`;

Deno.test("every piece of HTML escapes every text that it is given", () => {
  const pieces = [
    textCard(EVIL, { title: EVIL, note: EVIL }),
    table([{ [EVIL]: EVIL }], { title: EVIL }),
    tokenMask([{ id: 1, text: EVIL, learned: true }], { title: EVIL }),
    sideBySide([{
      instruction: EVIL,
      input: EVIL,
      answers: [{ name: EVIL, text: EVIL, checks: { [EVIL]: true } }],
    }]),
  ];
  for (const { html } of pieces) {
    ok(!html.includes("<img"));
    ok(html.includes("&lt;img"));
  }
});

Deno.test("escapeHtml() can be undone, so that nothing is lost", () => {
  const back = escapeHtml(EVIL).replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll(
      "&amp;",
      "&",
    );
  equal(back, EVIL);
});

Deno.test("table() shows as many rows as it may, and says how many it leaves out", () => {
  const rows = Array.from({ length: 1203 }, (_, i) => ({ i }));
  const { html, text } = table(rows, { limit: 3 });
  equal(html.match(/<tr/g)!.length, 4);
  match(text, /… and 1,200 more$/);
});

Deno.test("table() shows columns in the order of first use, and nothing for what is missing", () => {
  const rows = [{ a: 1, b: null }, { a: 0.123456, c: false }];
  equal(
    table(rows).text,
    "a      | b | c\n1      |   |\n0.1235 |   | no",
  );
});

Deno.test("tokenMask() shows white space, ids, and what is learned", async () => {
  const shown = tokenMask([
    { id: 1, text: "<s>", learned: false, special: true },
    { id: 13, text: "\n", learned: false },
    { id: 77, text: " a\tb", learned: true },
    { id: 5, text: "", learned: false },
  ]);
  match(shown.html, />⏎<\/span><br>/);
  match(shown.html, /title="id 77 · learned"[^>]*>·a→b</);
  match(shown.html, /1px dashed[^>]*>&lt;s&gt;</);
  match(shown.html, />∅</);
  equal(shown.text, "learned 1 of 4 tokens: <s>\n[[ a\tb]]");
  deepEqual(Object.keys(await toBundle(shown)), ["text/html", "text/plain"]);
});

Deno.test("sideBySide() says that an answer is empty, and marks checks by more than color", () => {
  const { html } = sideBySide([{
    instruction: "Say hi.",
    answers: [
      { name: "base", text: " \n", checks: { ends: false } },
      { name: "tuned", text: "Hi.", checks: { ends: true } },
    ],
  }]);
  ok(html.includes("no answer"));
  ok(html.indexOf("✗") < html.indexOf("✓"));
});

Deno.test("every piece of HTML keeps JupyterLab from reading prices as a formula", async () => {
  const bundle = await toBundle(table([{ price: "$2.50", other: "$1.50" }]));
  match(String(bundle["text/html"]), /^<div class="mathjax_ignore">/);
});
