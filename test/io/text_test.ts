import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { appendJsonl } from "../../lib/io/append_jsonl.ts";
import { writeAtomic } from "../../lib/io/atomic.ts";
import { formatCsv, parseCsv } from "../../lib/io/csv.ts";
import { readJsonl, writeJsonl } from "../../lib/io/jsonl.ts";

const HARD = [
  "",
  "plain",
  " spaces ",
  "comma, comma",
  'quo"te',
  '"',
  '""',
  "line\nline",
  "line\r\nline",
  "lone\rreturn",
  "ends in return\r",
  "\n",
  "nul \u0000 inside",
  "emoji 👨‍👩‍👧",
  "private \ue000 use",
  "\ufeffmark",
  "tab\t",
  "#comment",
];

Deno.test("formatCsv() and parseCsv() give back every field unchanged", () => {
  const records = [
    ["name", "text"],
    ...HARD.flatMap((field) => [[field, "x"], ["x", field], [field, field]]),
  ];
  deepEqual(parseCsv(formatCsv(records)).map(({ fields }) => fields), records);
});

Deno.test("formatCsv() and parseCsv() give back a single column", () => {
  const records = HARD.map((field) => [`_${field}`]).concat([[""], ["x"]]);
  deepEqual(parseCsv(formatCsv(records)).map(({ fields }) => fields), records);
});

Deno.test("parseCsv() takes a file whose line ends were translated", () => {
  const text = 'a,b\n1,"x\ny"\n\n2,z';
  const rows = parseCsv(text);
  deepEqual(parseCsv("\ufeff" + text.replaceAll("\n", "\r\n")), rows);
  deepEqual(rows.map(({ line }) => line), [1, 2, 5]);
});

Deno.test.each([
  { name: "a quote that is not closed", text: 'a,b\n1,"x\n2,y\n', line: 2 },
  { name: "a quote in the middle", text: 'a,b\n1,"x\ny"\n2,z"z\n', line: 4 },
  { name: "text behind a quote", text: 'a,b\n1,"x"y\n', line: 2 },
])("parseCsv() names file and line of $name", ({ text, line }) => {
  throws(() => parseCsv(text, "tasks.csv"), {
    name: "SyntaxError",
    message: new RegExp(`^Cannot read tasks\\.csv:${line} as every quote`),
  });
});

Deno.test("formatCsv() refuses half a surrogate pair", () => {
  throws(() => formatCsv([["a"], ["\ud83d"]]), {
    name: "TypeError",
    message: /^Cannot write row 2 .*ud83d/,
  });
});

Deno.test("writeJsonl() and readJsonl() give back every value unchanged", async () => {
  await using folder = await temporary();
  const values = [
    ...HARD,
    "half \ud83d",
    1.5,
    null,
    { a: [HARD] },
    "x".repeat(200_000),
  ];
  await writeJsonl(folder.file, values);
  deepEqual(await read(folder.file), values);
});

Deno.test("readJsonl() accepts a byte order mark, CRLF and empty lines", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(folder.file, '\ufeff{"a":1}\r\n\r\n{"a":2}\r\n');
  const rows = await Array.fromAsync(readJsonl(folder.file));
  deepEqual(rows, [{ line: 1, value: { a: 1 } }, { line: 3, value: { a: 2 } }]);
});

Deno.test("readJsonl() names file and line of what is no JSON", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(folder.file, '{"a":1}\n{"a":\n{"a":2}\n');
  await rejects(read(folder.file), {
    name: "SyntaxError",
    message: new RegExp(`^Cannot read ${folder.file}:2 as every line`),
  });
  // Only the very end can be torn.
  await rejects(read(folder.file, true), SyntaxError);
});

Deno.test("readJsonl() refuses what is no UTF-8", async () => {
  await using folder = await temporary();
  await Deno.writeFile(folder.file, Uint8Array.of(0x22, 0xe9, 0x22, 0x0a));
  await rejects(read(folder.file), /:1 as every line must be JSON in UTF-8/);
});

Deno.test("a log that was torn at any byte is read to the last whole line, and goes on", async () => {
  await using folder = await temporary();
  const values = [{ a: "é" }, { b: "👍\n" }, { c: 3 }];
  await writeJsonl(folder.file, values);
  const bytes = await Deno.readFile(folder.file);
  for (let size = 0; size <= bytes.length; size++) {
    await Deno.writeFile(folder.file, bytes.subarray(0, size));
    const before = await read(folder.file, true);
    deepEqual(before, values.slice(0, before.length));
    await appendJsonl(folder.file, { d: 4 });
    deepEqual(await read(folder.file), [...before, { d: 4 }], `size ${size}`);
  }
});

Deno.test("appendJsonl() finds the start of a torn line that is long", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(folder.file, '{"a":1}\n"' + "x".repeat(200_000));
  await appendJsonl(folder.file, { a: 2 });
  deepEqual(await read(folder.file), [{ a: 1 }, { a: 2 }]);
});

Deno.test("appendJsonl() loses nothing of calls at the same time", async () => {
  await using folder = await temporary();
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  await Promise.all(numbers.map((i) => appendJsonl(folder.file, i)));
  const found = await read(folder.file) as number[];
  deepEqual(found.sort((a, b) => a - b), numbers);
});

Deno.test("writeAtomic() writes text, bytes and pieces, and makes folders", async () => {
  await using folder = await temporary();
  const file = `${folder.path}/a/b/c.txt`;
  const contents = [
    "é!",
    new TextEncoder().encode("é!"),
    ["é", "!"],
    ReadableStream.from(["é", "!"]),
  ];
  for (const content of contents) {
    await writeAtomic(file, content);
    equal(await Deno.readTextFile(file), "é!");
  }
});

Deno.test("writeAtomic() leaves the old file and no other when it fails", async () => {
  await using folder = await temporary();
  await writeAtomic(folder.file, "old");
  const failing = async function* () {
    yield "half";
    await Promise.reject(new Error("no more"));
  };
  await rejects(writeAtomic(folder.file, failing()), /no more/);
  equal(await Deno.readTextFile(folder.file), "old");
  deepEqual((await Array.fromAsync(Deno.readDir(folder.path))).length, 1);
});

async function read(path: string, allowTorn = false): Promise<unknown[]> {
  const rows = await Array.fromAsync(readJsonl(path, { allowTorn }));
  return rows.map(({ value }) => value);
}

async function temporary(): Promise<
  AsyncDisposable & { path: string; file: string }
> {
  const path = await Deno.makeTempDir();
  return {
    path,
    file: `${path}/values.jsonl`,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
