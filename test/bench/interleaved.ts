/** Something to be timed. */
export interface Contender {
  /** Its name in the table. */
  name: string;
  /** Does the work once; gives back how many units of it were done. */
  run: () => Promise<number> | number;
}

/** How fast a contender was. */
export interface Speed {
  /** Its name. */
  name: string;
  /** Median over the rounds, in units of work a second. */
  perSecond: number;
  /** Its speed over that of the first contender. */
  ratio: number;
}

/**
 * Times contenders in turns, so that whatever else the machine does meets all of them alike.
 *
 * The first round warms up and is not counted.
 *
 * @param contenders What is timed; ratios are against the first.
 * @param rounds Rounds that count.
 * @returns Medians, in the order given.
 */
export async function interleaved(
  contenders: readonly Contender[],
  rounds = 7,
): Promise<Speed[]> {
  const speeds = contenders.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const start = performance.now();
      const units = await run();
      const seconds = (performance.now() - start) / 1000;
      if (round > 0) speeds[i]!.push(units / seconds);
    }
  }
  const medians = speeds.map((list) =>
    list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!
  );
  return contenders.map(({ name }, i) => ({
    name,
    perSecond: medians[i]!,
    ratio: medians[i]! / medians[0]!,
  }));
}
