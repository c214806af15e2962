import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../core/tensor.ts";
import { isBfloat16 } from "./bfloat16.ts";
import { Variable } from "./variable.ts";

/** Tensors and variables in any arrangement of arrays and records, with plain values between them. */
export type Tree =
  | Tensor
  | Variable
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly Tree[]
  | { readonly [name: string]: Tree };

/** The tensors of a tree in a fixed order, and what is left of the tree without them. */
export interface FlatTree {
  /** The tensors, depth first; records by their keys in sorted order. */
  tensors: Tensor[];
  /** The variables, in the same order. */
  variables: Variable[];
  /** Two trees with the same outline differ in the values of their tensors and variables alone. */
  outline: string;
}

/**
 * Takes the tensors out of a tree.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const { tensors } = flatten({ b: [tf.scalar(1)], a: tf.scalar(2), rate: 3 });
 * deepEqual(tensors.map((t) => t.arraySync()), [2, 1]);
 * ```
 *
 * @param tree The tree; nothing in it is changed.
 * @returns Its tensors and its outline.
 */
export function flatten(tree: Tree): FlatTree {
  const tensors: Tensor[] = [];
  const variables: Variable[] = [];
  const outline = (node: Tree): string => {
    if (node instanceof tf.Tensor) {
      tensors.push(node);
      const dtype = isBfloat16(node) ? "bfloat16" : node.dtype;
      return `${dtype}[${node.shape}]`;
    }
    if (node instanceof Variable) {
      variables.push(node);
      return `variable[${node.shape}]`;
    }
    if (Array.isArray(node)) return `[${node.map(outline).join()}]`;
    if (typeof node !== "object" || node === null) {
      return literal(node as number);
    }
    const record = node as { readonly [name: string]: Tree };
    const fields = Object.keys(record).sort()
      .map((name) => `${JSON.stringify(name)}:${outline(record[name])}`);
    return `{${fields.join()}}`;
  };
  return { outline: outline(tree), tensors, variables };
}

/** A plain value as text; values of different types differ. */
function literal(value: number | string | boolean | null | undefined): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Puts other tensors into the places of those of a tree, and other variables into theirs.
 *
 * @typeParam T The type of the tree.
 * @param tree The tree that gives the arrangement.
 * @param tensors As many tensors as {@linkcode flatten} takes out of it, in the same order.
 * @param variables As many variables, likewise.
 * @returns A new tree.
 */
export function unflatten<T extends Tree>(
  tree: T,
  tensors: readonly Tensor[],
  variables: readonly Variable[] = [],
): T {
  let at = 0;
  let variable = 0;
  const build = (node: Tree): Tree => {
    if (node instanceof tf.Tensor) return tensors[at++]!;
    if (node instanceof Variable) return variables[variable++]!;
    if (Array.isArray(node)) return node.map(build);
    if (typeof node !== "object" || node === null) return node;
    const record = node as { readonly [name: string]: Tree };
    const built = new Map(
      Object.keys(record).sort().map((name) => [name, build(record[name])]),
    );
    return Object.fromEntries(
      Object.keys(record).map((name) => [name, built.get(name)]),
    );
  };
  return build(tree) as T;
}

/**
 * Says of every tensor, variable and plain value of a tree what it is, by where it is.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * deepEqual([...leaves([{ x: tf.ones([2]) }, 3])], [["0.x", "float32[2]"], ["1", "3"]]);
 * ```
 *
 * @param tree The tree.
 * @param path Where it is in a larger one.
 * @returns Outlines by place.
 */
export function leaves(
  tree: Tree,
  path: readonly string[] = [],
): Map<string, string> {
  const isLeaf = typeof tree !== "object" || tree === null ||
    tree instanceof tf.Tensor || tree instanceof Variable;
  if (isLeaf) return new Map([[path.join("."), flatten(tree).outline]]);
  return new Map(
    Object.entries(tree).flatMap(([name, inner]) => [
      ...leaves(inner as Tree, [...path, name]),
    ]),
  );
}

/**
 * Says what differs between two trees.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 * import * as tf from "@tensorflow/tfjs";
 *
 * const [was, is] = [leaves([tf.ones([2])]), leaves([tf.ones([3])])];
 * equal(difference(was, is), "0 is float32[3], was float32[2]");
 * ```
 *
 * @param before What {@linkcode leaves} says of one tree.
 * @param now What it says of the other.
 * @returns The first place that differs, with what is there and what was.
 */
export function difference(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string {
  const places = new Set([...now.keys(), ...before.keys()]);
  const place = [...places].find((name) => before.get(name) !== now.get(name));
  if (place === undefined) return "nothing differs";
  const absent = "not there";
  return `${place} is ${now.get(place) ?? absent}, was ${
    before.get(place) ?? absent
  }`;
}
