import { deepEqual, throws } from "node:assert/strict";
import { openLibrary } from "../../lib/engine/library.ts";
import { inputArguments, parseOpDef } from "../../lib/engine/op_definition.ts";
import { NATIVE } from "./native.ts";

const ignore = !NATIVE;

/** The inputs of an operation, as the library defines it. */
function inputs(name: string) {
  const library = openLibrary();
  const graph = library.symbols.TF_NewGraph();
  try {
    return inputArguments(library, graph, name);
  } finally {
    library.symbols.TF_DeleteGraph(graph);
  }
}

Deno.test({
  name: "inputArguments() tells lists from single tensors",
  ignore,
  fn() {
    deepEqual(inputs("MatMul"), [{ name: "a" }, { name: "b" }]);
    deepEqual(inputs("Pack"), [{ name: "values", list: "N" }]);
    deepEqual(inputs("AddN"), [{ name: "inputs", list: "N" }]);
    deepEqual(inputs("ConcatV2"), [
      { name: "values", list: "N" },
      { name: "axis" },
    ]);
    deepEqual(inputs("IdentityN"), [{ name: "input", list: "T" }]);
    deepEqual(inputs("Const"), []);
  },
});

Deno.test({
  name: "inputArguments() names an operation that TensorFlow does not have",
  ignore,
  fn() {
    throws(() => inputs("Llama"), /^Error: Cannot look up the operation Llama/);
    deepEqual(inputs("Relu"), [{ name: "features" }]); // the status is clean again
  },
});

Deno.test("parseOpDef() passes over numbers of every width", () => {
  const text = (field: number, content: number[]) => [
    field * 8 + 2,
    content.length,
    ...content,
  ];
  const bytes = new Uint8Array([
    ...[0x18, 0x96, 0x01], // field 3, a varint of two bytes
    ...[0x21, 1, 2, 3, 4, 5, 6, 7, 8], // field 4, eight bytes
    ...[0x2d, 1, 2, 3, 4], // field 5, four bytes
    ...text(2, [...text(1, [0x78]), 0x18, 0x01, ...text(5, [0x4e])]),
    ...text(3, text(1, [0x79])), // an output
    ...text(2, text(1, [0x7a])),
  ]);
  deepEqual(parseOpDef(bytes), [{ name: "x", list: "N" }, { name: "z" }]);
});
