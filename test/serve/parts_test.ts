import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { seededRandom } from "../../lib/core/random.ts";
import { openEngine } from "../../lib/engine/engine.ts";
import { TextStream } from "../../lib/generate/text_stream.ts";
import { checkHostname, checkRequest } from "../../lib/serve/guard.ts";
import { Line } from "../../lib/serve/line.ts";
import { readBody } from "../../lib/serve/read_body.ts";
import { readSettings } from "../../lib/serve/settings.ts";
import { StopText } from "../../lib/serve/stop_text.ts";
import { openTiny } from "../tiny.ts";

await openEngine();

Deno.test("StopText ends a text at the string that is complete first, however it is divided", () => {
  const cases: [text: string, stops: string[], expected: string][] = [
    ["one two three", ["two"], "one "],
    ["one two three", ["four"], "one two three"],
    ["in 2020. 20", ["\n20"], "in 2020. 20"],
    ["aaab", ["aab"], "a"],
    ["abcabd", ["abd"], "abc"],
    ["xabcd", ["abcd", "c"], "xab"],
    ["xabc", ["bc", "abc"], "x"],
    ["a###", ["####"], "a###"],
    ["#", ["#"], ""],
    ["", ["#"], ""],
    ["anything", [], "anything"],
  ];
  const random = seededRandom(3);
  for (const [text, stops, expected] of cases) {
    for (let round = 0; round < 20; round++) {
      const stop = new StopText(stops);
      let given = "";
      for (let at = 0; at < text.length;) {
        const size = 1 + Math.floor(random() * (round % 5 + 1));
        given += stop.push(text.slice(at, at += size));
        ok(expected.startsWith(given), `${given} of ${text}`);
      }
      equal(given + stop.end(), expected);
      equal(stop.stopped, expected !== text);
    }
  }
});

Deno.test("StopText holds back no more than may become a stop string", () => {
  const stop = new StopText(["\n\n", "###"]);
  equal(stop.push("line\n"), "line");
  equal(stop.push("next ##"), "\nnext ");
  equal(stop.push("x"), "##x");
});

Deno.test("TextStream gives the text of all tokens, and never half a character", async () => {
  await using tiny = await openTiny();
  const { tokenizer } = tiny;
  const texts = [
    "the hen and the singing ant",
    "naïve 😀😀 — 中文, déjà vu",
    "  two  spaces\n\n😀",
    "é",
  ];
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    const stream = new TextStream(tokenizer);
    const pieces = [...ids].map((id) => stream.push(id));
    pieces.push(stream.end());
    equal(pieces.join(""), text);
    ok(
      pieces.every((piece) =>
        piece.isWellFormed() && !piece.includes("\uFFFD")
      ),
    );
    const prompt = tokenizer.encode(`${text}!`, { addSpecialTokens: true });
    const onward = new TextStream(tokenizer, prompt);
    equal(
      [...ids].map((id) => onward.push(id)).join("") + onward.end(),
      ` ${text}`,
    );
  }
});

Deno.test("TextStream gives up on bytes that never become a character", async () => {
  await using tiny = await openTiny();
  const stream = new TextStream(tiny.tokenizer);
  const [start, letter] = [3 + 0xf0, tiny.tokenizer.id("a")!];
  equal(stream.push(letter), "a");
  equal(stream.push(start), "");
  equal(stream.push(letter), "\uFFFDa");
  equal(stream.push(start), "");
  equal(stream.end(), "\uFFFD");
});

Deno.test("Line lets in one after the other, in order, past those that gave up", async () => {
  const line = new Line({ limit: 3 });
  const first = await line.enter();
  const order: number[] = [];
  const gone = new AbortController();
  const wait = async (i: number, signal?: AbortSignal) => {
    using _ = await line.enter(signal);
    order.push(i);
  };
  const second = wait(2);
  const left = wait(3, gone.signal);
  const fourth = wait(4);
  equal(line.waiting, 3);
  await rejects(line.enter(), { status: 429 });
  gone.abort(new Error("gone"));
  await rejects(left, /gone/);
  equal(line.waiting, 2);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // a second time must let nobody else in
  await Promise.all([second, fourth]);
  deepEqual(order, [2, 4]);
  using _ = await line.enter();
});

Deno.test("readBody() refuses what is too large, however it is announced, and what is no object", async () => {
  const request = (body: BodyInit, headers = {}) =>
    new Request("http://localhost", { method: "POST", body, headers });
  const large = `{"a":"${"x".repeat(1_000_000)}"}`;
  await rejects(readBody(request(large)), { status: 413 });
  const stream = ReadableStream.from([new TextEncoder().encode(large)]);
  await rejects(readBody(request(stream)), { status: 413 });
  await rejects(readBody(request("{", { "content-length": "2000000" })), {
    status: 413,
  });
  for (const text of ["", "{", "[]", "null", "1", '"a"']) {
    await rejects(readBody(request(text)), { status: 400 }, text);
  }
  await rejects(readBody(request(new Uint8Array([0x22, 0xff, 0x22]))), {
    status: 400,
    message: /UTF-8/,
  });
});

Deno.test("readSettings() names the field that is wrong", () => {
  const bad: Record<string, unknown[]> = {
    n: [0, 5, 1.5, "1", NaN],
    "max_tokens": [0, -1, "9"],
    "max_completion_tokens": [0, 1.5],
    temperature: [-0.1, 2.1, "hot", true],
    "top_p": [-1, 1.1, "all"],
    seed: [1.5, "one"],
    stream: ["yes", 1],
    stop: ["", 3, ["a", ""], [1], Array(17).fill("a")],
    tools: [[{}]],
    logprobs: [true, 3],
    "logit_bias": [{ "1": 1 }],
    "presence_penalty": [0.5],
    echo: [true],
    "response_format": [{ type: "json_object" }],
    "stream_options": ["yes"],
  };
  for (const [param, values] of Object.entries(bad)) {
    for (const value of values) {
      throws(
        () => readSettings({ [param]: value }),
        { name: "RequestError", status: 400, param },
        `${param} ${JSON.stringify(value)}`,
      );
    }
  }
});

Deno.test("readSettings() takes null and what changes nothing for absent", () => {
  const plain = readSettings({});
  deepEqual(plain, {
    n: 1,
    stream: false,
    includeUsage: false,
    stop: [],
    temperature: 1,
    topP: 1,
  });
  deepEqual(
    readSettings({
      n: null,
      stop: null,
      seed: null,
      "max_tokens": null,
      tools: [],
      "logit_bias": {},
      logprobs: false,
      echo: false,
      "presence_penalty": 0,
      "response_format": { type: "text" },
      user: "someone",
    }),
    plain,
  );
  equal(
    readSettings({ "max_tokens": 5, "max_completion_tokens": 7 }).maxTokens,
    7,
  );
});

Deno.test("a server that others can reach needs a key", () => {
  for (const name of ["127.0.0.1", "127.9.9.9", "::1", "localhost"]) {
    checkHostname(name, undefined);
  }
  for (
    const name of [
      "0.0.0.0",
      "::",
      "192.168.0.7",
      "example.org",
      "127.0.0.1.example.org",
    ]
  ) {
    throws(() => checkHostname(name, undefined), TypeError, name);
    checkHostname(name, "key");
  }
  throws(() => checkHostname("127.0.0.1", ""), TypeError);
});

Deno.test("a request is let in by its key, or else by a loopback name only", () => {
  const request = (url: string, authorization?: string) =>
    new Request(url, {
      headers: authorization === undefined ? {} : { authorization },
    });
  checkRequest(request("http://localhost/"), undefined);
  checkRequest(request("http://[::1]:8080/"), undefined);
  throws(() => checkRequest(request("http://evil.example/"), undefined), {
    status: 403,
  });
  checkRequest(request("http://any.example/", "Bearer key"), "key");
  for (
    const given of [
      undefined,
      "",
      "key",
      "Bearer",
      "Bearer ke",
      "Bearer key2",
      "Basic key",
    ]
  ) {
    throws(() => checkRequest(request("http://localhost/", given), "key"), {
      status: 401,
    });
  }
});
