import { deepEqual, equal, throws } from "node:assert/strict";
import { parseLlama2c, parsePieces } from "../../lib/io/llama2c.ts";

const [D, F, L, N, K, V, T] = [8, 6, 2, 2, 1, 5, 3];
const H = D / N;
/** The parts of a file in their order, with the shape of each layer's share. */
const PARTS = [
  { name: "input_layernorm", shape: [D] },
  { name: "self_attn.q_proj", shape: [D, D] },
  { name: "self_attn.k_proj", shape: [K * H, D] },
  { name: "self_attn.v_proj", shape: [K * H, D] },
  { name: "self_attn.o_proj", shape: [D, D] },
  { name: "post_attention_layernorm", shape: [D] },
  { name: "mlp.gate_proj", shape: [F, D] },
  { name: "mlp.down_proj", shape: [D, F] },
  { name: "mlp.up_proj", shape: [F, D] },
];

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const perLayer = PARTS.reduce((sum, { shape }) => sum + count(shape), 0);

/** A file whose floats are 0, 1, 2, … */
function fileOf(header: readonly number[], floats: number): Uint8Array {
  const numbers = Float32Array.from({ length: floats }, (_, i) => i);
  const bytes = new Uint8Array(28 + 4 * floats);
  bytes.set(new Uint8Array(Int32Array.from(header).buffer));
  bytes.set(new Uint8Array(numbers.buffer), 28);
  return bytes;
}

const FLOATS = V * D + L * perLayer + D + T * H;
const HEADER = [D, F, L, N, K, V, T];
const file = fileOf(HEADER, FLOATS);

Deno.test("parseLlama2c() finds every weight in its place", () => {
  const { header, weights } = parseLlama2c(file, "x.bin");
  deepEqual(header, {
    dim: D,
    hiddenDim: F,
    layers: L,
    heads: N,
    kvHeads: K,
    vocabSize: V,
    maxTokens: T,
    tied: true,
  });
  equal(weights.size, 1 + L * PARTS.length + 1);
  let at = 0;
  const check = (name: string, shape: number[]) => {
    const found = weights.get(`${name}.weight`)!;
    deepEqual(found.shape, shape, name);
    if (!/[qk]_proj/.test(name)) {
      const run = Float32Array.from({ length: count(shape) }, (_, i) => at + i);
      deepEqual(found.data, run, name);
    }
    at += count(shape);
  };
  check("model.embed_tokens", [V, D]);
  for (const { name, shape } of PARTS) {
    for (let layer = 0; layer < L; layer++) {
      check(`model.layers.${layer}.${name}`, shape);
    }
  }
  check("model.norm", [D]);
});

Deno.test("parseLlama2c() puts pairs of features of queries and keys half a head apart", () => {
  const { weights } = parseLlama2c(file, "x.bin");
  const firstColumn = (name: string) => {
    const { shape: [rows], data } = weights.get(name)!;
    const start = Math.min(...data);
    return Array.from(
      { length: rows! },
      (_, row) => (data[row * D]! - start) / D,
    );
  };
  const order = [0, 2, 1, 3]; // of the rows of one head
  deepEqual(firstColumn("model.layers.0.self_attn.q_proj.weight"), [
    ...order,
    ...order.map((row) => row + H),
  ]);
  deepEqual(firstColumn("model.layers.1.self_attn.k_proj.weight"), order);
  deepEqual(
    firstColumn("model.layers.1.self_attn.v_proj.weight"),
    [0, 1, 2, 3],
  );
});

Deno.test("parseLlama2c() reads an output layer of its own where the size of the vocabulary is negative", () => {
  const untied = fileOf(HEADER.with(5, -V), FLOATS + V * D);
  const { header, weights } = parseLlama2c(untied, "x.bin");
  deepEqual([header.tied, header.vocabSize], [false, V]);
  const { shape, data } = weights.get("lm_head.weight")!;
  deepEqual(shape, [V, D]);
  deepEqual([data[0], data.at(-1)], [FLOATS, FLOATS + V * D - 1]);
});

Deno.test("parseLlama2c() reads bytes that begin anywhere in their buffer", () => {
  const moved = new Uint8Array(file.length + 3);
  moved.set(file, 3);
  deepEqual(
    parseLlama2c(moved.subarray(3), "x.bin"),
    parseLlama2c(file, "x.bin"),
  );
});

Deno.test("parseLlama2c() gives weights that are not views of the file", () => {
  const copy = file.slice();
  const { weights } = parseLlama2c(copy, "x.bin");
  copy.fill(0xff);
  deepEqual(weights, parseLlama2c(file, "x.bin").weights);
});

Deno.test("parseLlama2c() refuses a file of any other length", () => {
  for (let size = 0; size < file.length; size++) {
    throws(() => parseLlama2c(file.subarray(0, size), "x.bin"), {
      name: "SyntaxError",
      message: size < 28
        ? `Cannot read x.bin as a llama2.c model must have at least 28 bytes: current size is ${size}`
        : `Cannot read x.bin as its header asks for exactly ${file.length} bytes: current size is ${size}`,
    });
  }
  throws(() => parseLlama2c(fileOf(HEADER, FLOATS + 1), "x.bin"), SyntaxError);
});

Deno.test.each([
  { what: "no width", at: 0, value: 0 },
  { what: "a width that heads do not divide", at: 0, value: 9 },
  { what: "heads of an odd size", at: 0, value: 6 },
  { what: "a negative hidden width", at: 1, value: -6 },
  { what: "no layers", at: 2, value: 0 },
  { what: "more layers than can be", at: 2, value: 2 ** 30 },
  { what: "no heads", at: 3, value: 0 },
  { what: "more key-value heads than heads", at: 4, value: 3 },
  { what: "no vocabulary", at: 5, value: 0 },
  { what: "no positions", at: 6, value: 0 },
])("parseLlama2c() refuses a header with $what", ({ at, value }) => {
  const header = HEADER.with(at, value);
  throws(() => parseLlama2c(fileOf(header, FLOATS), "x.bin"), {
    name: "SyntaxError",
    message:
      `Cannot read x.bin as its header must describe a LLaMA: current numbers are ${
        header.join(", ")
      }`,
  });
});

Deno.test("parseLlama2c() refuses a header that asks for more than there is, without making room for it", () => {
  for (const [at, value] of [[5, 2 ** 31 - 1], [5, -(2 ** 31)], [1, 2 ** 19]]) {
    const header = HEADER.with(at!, value!);
    throws(
      () => parseLlama2c(fileOf(header, FLOATS), "x.bin"),
      /^SyntaxError: Cannot read x\.bin as its header asks for exactly \d+ bytes/,
    );
  }
});

/** A tokenizer.bin. */
function piecesFile(pieces: readonly { text: string; score: number }[]) {
  const encoder = new TextEncoder();
  const parts = pieces.flatMap(({ text, score }) => {
    const bytes = encoder.encode(text);
    const head = new DataView(new ArrayBuffer(8));
    head.setFloat32(0, score, true);
    head.setInt32(4, bytes.length, true);
    return [new Uint8Array(head.buffer), bytes];
  });
  const longest = new Uint8Array(Int32Array.of(7).buffer);
  return new Uint8Array(
    [longest, ...parts].flatMap((part) => Array.from(part)),
  );
}

const PIECES = [
  { text: "<unk>", score: 0 },
  { text: " the", score: -1.5 },
  { text: "ü▁", score: -259 },
  { text: "", score: -1e9 },
];

Deno.test("parsePieces() gives texts and scores in the order of ids", () => {
  deepEqual(parsePieces(piecesFile(PIECES), "tok.bin"), PIECES);
  deepEqual(parsePieces(piecesFile([]), "tok.bin"), []);
});

Deno.test("parsePieces() keeps a piece that begins with a byte order mark", () => {
  const pieces = [{ text: "\ufeff", score: -1 }];
  deepEqual(parsePieces(piecesFile(pieces), "tok.bin"), pieces);
});

Deno.test("parsePieces() refuses a file that ends inside of a piece", () => {
  const whole = piecesFile(PIECES);
  const ends = PIECES.map((_, i) => piecesFile(PIECES.slice(0, i)).length);
  for (let size = 0; size < whole.length; size++) {
    if (ends.includes(size)) {
      const some = PIECES.slice(0, ends.indexOf(size));
      deepEqual(parsePieces(whole.subarray(0, size), "tok.bin"), some);
      continue;
    }
    throws(() => parsePieces(whole.subarray(0, size), "tok.bin"), {
      name: "SyntaxError",
      message: /^Cannot read tok\.bin as /,
    });
  }
});

Deno.test("parsePieces() refuses a length that is negative or beyond the file", () => {
  for (const length of [-1, -(2 ** 31), 1000, 2 ** 31 - 1]) {
    const bytes = piecesFile(PIECES);
    new DataView(bytes.buffer).setInt32(8, length, true);
    throws(() => parsePieces(bytes, "tok.bin"), {
      name: "SyntaxError",
      message:
        `Cannot read tok.bin as piece 0 must end within its ${bytes.length} bytes: current piece begins at byte 4`,
    });
  }
});
