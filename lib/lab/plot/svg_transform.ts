/** A rectangle in pixels; `y` grows downwards. */
export interface Box {
  /** Left edge. */
  x: number;
  /** Upper edge. */
  y: number;
  /** Size from left to right. */
  width: number;
  /** Size from top to bottom. */
  height: number;
}

/** An affine map: `x' = a·x + c·y + e`, `y' = b·x + d·y + f`. */
type Matrix = readonly [
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
];

/**
 * Moves a box as an SVG `transform` attribute says, and gives the upright box around the result.
 *
 * Knows `translate`, `rotate` (with and without a center), `scale` and `matrix`.
 *
 * @see {@link https://www.w3.org/TR/SVG11/coords.html#TransformAttribute | SVG 1.1, section 7.6}
 *
 * @example A quarter turn swaps width and height
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const turned = transformed({ x: 0, y: 0, width: 40, height: 10 }, "rotate(-90)");
 * equal(Math.round(turned.width), 10);
 * equal(Math.round(turned.height), 40);
 * ```
 *
 * @param box The box.
 * @param transform The value of the attribute; the last part of it is done first.
 * @returns The new box.
 */
export function transformed(box: Box, transform: string): Box {
  const parts = [...transform.matchAll(/(\w+)\s*\(([^)]*)\)/g)];
  return parts.reduceRight((moved, [, name, given]) => {
    const numbers = given!.split(/[\s,]+/).filter((part) => part !== "")
      .map((part) => Number.parseFloat(part));
    return around(moved, matrix(name!, numbers));
  }, box);
}

/**
 * Gives the box around some boxes.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(
 *   union([{ x: 0, y: 0, width: 1, height: 1 }, { x: 4, y: 2, width: 1, height: 1 }]),
 *   { x: 0, y: 0, width: 5, height: 3 },
 * );
 * ```
 *
 * @param boxes The boxes.
 * @returns The smallest upright box that holds them; empty at the origin if there are none.
 */
export function union(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

function matrix(name: string, numbers: readonly number[]): Matrix {
  const [p = 0, q, r, s = 0, t = 0, u = 0] = numbers;
  switch (name) {
    case "translate":
      return [1, 0, 0, 1, p, q ?? 0];
    case "scale":
      return [p, 0, 0, q ?? p, 0, 0];
    case "matrix":
      return [p, q ?? 0, r ?? 0, s, t, u];
    case "rotate": {
      const [cos, sin] = [
        Math.cos(p * Math.PI / 180),
        Math.sin(p * Math.PI / 180),
      ];
      const [x, y] = [q ?? 0, r ?? 0];
      return [
        cos,
        sin,
        -sin,
        cos,
        x - cos * x + sin * y,
        y - sin * x - cos * y,
      ];
    }
    default:
      return [1, 0, 0, 1, 0, 0];
  }
}

function around(box: Box, [a, b, c, d, e, f]: Matrix): Box {
  const { x, y, width, height } = box;
  const corners = [[x, y], [x + width, y], [x, y + height], [
    x + width,
    y + height,
  ]] as const;
  return union(corners.map(([x, y]) => ({
    x: a * x + c * y + e,
    y: b * x + d * y + f,
    width: 0,
    height: 0,
  })));
}
