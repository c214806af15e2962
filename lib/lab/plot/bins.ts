/** Counts of values by range, for several groups on common edges. */
export interface Bins {
  /** Edges of the bins, rising; one more than there are bins. */
  readonly edges: readonly number[];
  /** The edge that was asked for; between two whole numbers if each has a bin of its own. */
  readonly edge: number;
  /** Whether all values are whole numbers. */
  readonly whole: boolean;
  /** Width of a bin. */
  readonly size: number;
  /** How many values of a group are in each bin. */
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

/** Options for {@linkcode binned}. */
export interface BinnedOptions {
  /** About how many bins. @default {40} */
  count?: number;
  /** A number that must be an edge. @default {0} */
  edge?: number;
}

/**
 * Sorts values into ranges of one round width: 1, 2, 2.5 or 5 times a power of ten.
 *
 * A bin holds what is above its lower edge, up to and including its upper edge; the first one holds
 * its lower edge too. Where every whole number has a bin of its own, it is in the middle of it.
 *
 * @example Whole numbers
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const { edges, counts } = binned({ all: [1, 2, 3, 4] }, { count: 4, edge: 2 });
 * deepEqual(edges, [0.5, 1.5, 2.5, 3.5, 4.5]);
 * deepEqual(counts.all, [1, 1, 1, 1]);
 * ```
 *
 * @param groups The values by group.
 * @param options How fine, and where an edge must be.
 * @returns The bins.
 * @throws {RangeError} If a value is not finite.
 */
export function binned(
  groups: Readonly<Record<string, readonly number[]>>,
  options: BinnedOptions = {},
): Bins {
  const { count = 40 } = options;
  let { edge = 0 } = options;
  let [low, high] = [Infinity, -Infinity];
  for (const [name, values] of Object.entries(groups)) {
    for (const [i, value] of values.entries()) {
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `Cannot count value ${i} of group "${name}" as it must be finite: current value is ${value}`,
        );
      }
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) [low, high] = [edge, edge];
  const whole = Object.values(groups).every((values) =>
    values.every(Number.isInteger)
  );
  const size = roundSize((high - low) / count, whole);
  if (whole && size === 1) {
    edge += 0.5;
    low -= 0.5;
  }
  // Distances from the edge are counted in bins, so that rounding cannot move a value across it.
  const first = Math.floor((low - edge) / size + EPSILON);
  const last = Math.max(first + 1, Math.ceil((high - edge) / size - EPSILON));
  const edges = Array.from(
    { length: last - first + 1 },
    (_, i) => Number((edge + (first + i) * size).toPrecision(12)),
  );
  const counts: Record<string, number[]> = {};
  for (const [name, values] of Object.entries(groups)) {
    const bins = new Array<number>(edges.length - 1).fill(0);
    for (const value of values) {
      const bin = Math.ceil((value - edge) / size - EPSILON) - 1 - first;
      bins[Math.max(0, bin)]! += 1;
    }
    counts[name] = bins;
  }
  return { edges, edge, whole, size, counts };
}

/** Share of a bin by which a value may miss an edge through rounding. */
const EPSILON = 1e-9;

function roundSize(size: number, whole: boolean): number {
  if (!(size > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  const steps = whole ? [1, 2, 5, 10] : [1, 2, 2.5, 5, 10];
  const step = steps.find((step) => step * power >= size * (1 - EPSILON))!;
  return whole ? Math.max(1, Math.round(step * power)) : step * power;
}
