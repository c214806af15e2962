import { cName, cShape } from "./native.ts";
import type { Library } from "./library.ts";
import { check } from "./library.ts";
import type { Pointer } from "./symbols.ts";

/** Numbers by which tfjs-node tells the kinds of attributes apart. */
export const ATTRIBUTE = {
  string: 0,
  int: 1,
  float: 2,
  bool: 3,
  type: 4,
  shape: 5,
} as const;

/** One attribute of an operation, in the form in which tfjs-node's kernels write it. */
export interface Attribute {
  /** Its name in the operation's definition, such as `"transpose_a"`. */
  name: string;
  /** One of {@linkcode ATTRIBUTE}. */
  type: number;
  /** The value, of the kind that `type` says. */
  value: unknown;
}

/**
 * Sets the attributes of an operation that is to run at once (`"TFE_Op"`) or to be a node of a
 * graph (`"TF_"`); the two families of C functions differ in their prefix only.
 *
 * @param library The open library.
 * @param family Prefix of the C functions.
 * @param operation The operation.
 * @param attributes What to set.
 * @throws {TypeError} If an attribute is of a kind that no kernel of tfjs uses.
 */
export function setAttributes(
  library: Library,
  family: "TFE_Op" | "TF_",
  operation: Pointer,
  attributes: readonly Attribute[],
): void {
  const { symbols, status } = library;
  for (const { name, type, value } of attributes) {
    const key = cName(name);
    switch (type) {
      case ATTRIBUTE.string: {
        const text = new TextEncoder().encode(`${value}\0`);
        const bytes = BigInt(text.length - 1);
        symbols[`${family}SetAttrString`](operation, key, text, bytes);
        break;
      }
      case ATTRIBUTE.int:
        if (Array.isArray(value)) {
          const list = cShape(value);
          symbols[`${family}SetAttrIntList`](
            operation,
            key,
            list,
            value.length,
          );
        } else {
          symbols[`${family}SetAttrInt`](operation, key, BigInt(Number(value)));
        }
        break;
      case ATTRIBUTE.float:
        symbols[`${family}SetAttrFloat`](operation, key, Number(value));
        break;
      case ATTRIBUTE.bool:
        symbols[`${family}SetAttrBool`](operation, key, value ? 1 : 0);
        break;
      case ATTRIBUTE.type:
        symbols[`${family}SetAttrType`](operation, key, Number(value));
        break;
      case ATTRIBUTE.shape: {
        const shape = value as number[];
        if (family === "TF_") {
          symbols.TF_SetAttrShape(operation, key, cShape(shape), shape.length);
        } else {
          symbols.TFE_OpSetAttrShape(
            operation,
            key,
            cShape(shape),
            shape.length,
            status,
          );
          check(symbols, status, `set ${name}`);
        }
        break;
      }
      default:
        throw new TypeError(
          `Cannot set ${name} as its kind must be one of tfjs-node's from 0 to 5: current kind is ${type}`,
        );
    }
  }
}
