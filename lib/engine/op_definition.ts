import type { Library } from "./library.ts";
import { check } from "./library.ts";
import { cName } from "./native.ts";
import type { Pointer } from "./symbols.ts";

/** One input of an operation: a single tensor, or a list whose length an attribute tells. */
export interface InputArgument {
  /** Its name in the definition. */
  name: string;
  /** Name of the attribute that holds the length of the list; absent for a single tensor. */
  list?: string;
}

const known = new Map<string, InputArgument[]>();

/**
 * Reads which inputs of an operation are lists, from TensorFlow's own definition of it.
 *
 * Graph nodes take list inputs as one argument, so tracing has to know them.
 *
 * @see {@link https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/framework/op_def.proto | op_def.proto}
 *
 * @param library The open library.
 * @param graph Any graph.
 * @param name The operation, such as `"ConcatV2"`.
 * @returns Its inputs in order.
 * @throws {Error} If TensorFlow has no such operation.
 */
export function inputArguments(
  library: Library,
  graph: Pointer,
  name: string,
): InputArgument[] {
  let found = known.get(name);
  if (found === undefined) {
    found = parseOpDef(opDef(library, graph, name));
    known.set(name, found);
  }
  return found;
}

/** The serialized OpDef. */
function opDef(library: Library, graph: Pointer, name: string): Uint8Array {
  const { symbols, status } = library;
  const buffer = symbols.TF_NewBuffer();
  symbols.TF_GraphGetOpDef(graph, cName(name), buffer, status);
  check(symbols, status, `look up the operation ${name}`);
  const fields = new Deno.UnsafePointerView(buffer!); // TF_Buffer { data, length, deallocator }
  const data = Deno.UnsafePointer.create(fields.getBigUint64(0));
  const length = Number(fields.getBigUint64(8));
  const bytes = new Uint8Array(
    Deno.UnsafePointerView.getArrayBuffer(data!, length).slice(0),
  );
  symbols.TF_DeleteBuffer(buffer);
  return bytes;
}

const INPUT_ARG = 2; // OpDef.input_arg
const NAME = 1; // ArgDef.name
const NUMBER_ATTR = 5; // ArgDef.number_attr
const TYPE_LIST_ATTR = 6; // ArgDef.type_list_attr

/**
 * Takes the inputs out of a serialized OpDef.
 *
 * @example An operation without inputs
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(parseOpDef(new Uint8Array([0x0a, 0x01, 0x41])), []); // name: "A"
 * ```
 *
 * @see {@link https://protobuf.dev/programming-guides/encoding/ | Protocol Buffers encoding}
 *
 * @param bytes The message.
 * @returns The inputs in order.
 */
export function parseOpDef(bytes: Uint8Array): InputArgument[] {
  const decoder = new TextDecoder();
  return messageFields(bytes)
    .filter(({ field }) => field === INPUT_ARG)
    .map(({ content }) => {
      const texts = new Map(
        messageFields(content).map((
          { field, content },
        ) => [field, decoder.decode(content)]),
      );
      const list = texts.get(NUMBER_ATTR) ?? texts.get(TYPE_LIST_ATTR);
      const name = texts.get(NAME) ?? "";
      return list === undefined ? { name } : { name, list };
    });
}

/** The length-delimited fields of a message; numbers are passed over. */
function messageFields(bytes: Uint8Array) {
  const fields: { field: number; content: Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const kind = tag & 7;
    if (kind === 0) varint();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else {
      const length = varint();
      fields.push({
        field: tag >> 3,
        content: bytes.subarray(at, at + length),
      });
      at += length;
    }
  }
  return fields;
}
