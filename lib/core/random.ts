/** A stream of numbers in `[0, 1)`; each call gives the next. */
export type Random = () => number;

/**
 * Opens a stream of pseudo-random numbers: the same seed, the same numbers, on every machine.
 *
 * Mulberry32, a 32-bit counter with a mixing function: ample for shuffling and sampling, not for
 * secrets. Period 2³².
 *
 * @example The same seed gives the same numbers
 * ```ts
 * import { equal, notEqual } from "node:assert/strict";
 *
 * const [a, b] = [seededRandom(42), seededRandom(42)];
 * equal(a(), b());
 * notEqual(a(), seededRandom(43)());
 * ```
 *
 * @param seed Any integer; its lowest 32 bits count.
 * @returns The stream.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Puts items into a random order, each order equally likely (Fisher and Yates).
 *
 * @example Nothing is lost
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(shuffled([3, 1, 2], seededRandom(1)).sort(), [1, 2, 3]);
 * ```
 *
 * @typeParam Item What is put into order.
 * @param items The items; the array is left as it is.
 * @param random Where chance comes from.
 * @returns A new array.
 */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const pick = Math.floor(random() * (last + 1));
    [order[last], order[pick]] = [order[pick]!, order[last]!];
  }
  return order;
}

/**
 * Draws some items, none of them twice.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * equal(new Set(drawn(["a", "b", "c"], 2, seededRandom(7))).size, 2);
 * ```
 *
 * @typeParam Item What is drawn.
 * @param items The items to draw from.
 * @param count How many to draw.
 * @param random Where chance comes from.
 * @returns `count` items in the order in which they were drawn.
 * @throws {RangeError} If there are fewer than `count` items.
 */
export function drawn<Item>(
  items: readonly Item[],
  count: number,
  random: Random,
): Item[] {
  if (count > items.length) {
    throw new RangeError(
      `Cannot draw ${count} items as there must be at least as many: current count is ${items.length}`,
    );
  }
  return shuffled(items, random).slice(0, count);
}
