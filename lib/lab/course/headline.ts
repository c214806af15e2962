import { join } from "node:path";
import { projectPath } from "../../core/paths.ts";
import { writeAtomic } from "../../io/atomic.ts";

/** The folder of the course's executed notebooks and reports. */
export const COURSE_FOLDER: string = projectPath("checkpoints", "course");

/** The figures that sum the course up; each is written by the notebook that finds it. */
export interface Headline {
  /** Tasks that the teacher proposed. */
  tasksProposed?: number;
  /** Tasks that the filters kept. */
  tasksKept?: number;
  /** Speed of training, in tokens a second. */
  tokensPerSecond?: number;
  /** Loss of the base model on held-out tasks, in nats a token. */
  heldOutLossBefore?: number;
  /** Loss of the tuned model on held-out tasks, in nats a token. */
  heldOutLossAfter?: number;
  /** Share of the base model's story answers that end by themselves, from 0 to 1. */
  endsByItselfBefore?: number;
  /** Share of the tuned model's story answers that end by themselves, from 0 to 1. */
  endsByItselfAfter?: number;
  /** How often the tuned model's answer beats the base model's, in percent. */
  winRate?: number;
  /** Figures beyond these, under names of the notebook's own. */
  [more: string]: number | undefined;
}

/**
 * Adds figures to the course's headline, for the report.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await recordHeadline({ tasksKept: 312 }, { folder });
 * await recordHeadline({ winRate: 91.5 }, { folder });
 * deepEqual(await readHeadline({ folder }), { tasksKept: 312, winRate: 91.5 });
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param figures The figures; they replace older ones of the same name.
 * @param options Where they are kept, if not in `checkpoints/course`.
 * @throws {RangeError} If a figure is not a finite number.
 */
export async function recordHeadline(
  figures: Headline,
  options: { folder?: string } = {},
): Promise<void> {
  for (const [name, value] of Object.entries(figures)) {
    if (Number.isFinite(value)) continue;
    throw new RangeError(
      `Cannot record ${name} as it must be a finite number: current value is ${value}`,
    );
  }
  const all = { ...await readHeadline(options), ...figures };
  await writeAtomic(headlinePath(options), JSON.stringify(all, null, 2) + "\n");
}

/**
 * Reads the course's headline.
 *
 * @example Nothing was recorded yet
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(await readHeadline({ folder: "/no/such/folder" }), {});
 * ```
 *
 * @param options Where it is kept, if not in `checkpoints/course`.
 * @returns The figures so far.
 * @throws {SyntaxError} If the file is damaged.
 */
export async function readHeadline(
  options: { folder?: string } = {},
): Promise<Headline> {
  const path = headlinePath(options);
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `Cannot read headline as ${path} must be JSON: ${error.message}. Delete it`,
    );
  }
}

/**
 * Forgets the course's headline, before the course runs anew.
 *
 * @example Usage
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await recordHeadline({ tasksKept: 312 }, { folder });
 * await clearHeadline({ folder });
 * deepEqual(await readHeadline({ folder }), {});
 * await Deno.remove(folder, { recursive: true });
 * ```
 *
 * @param options Where it is kept, if not in `checkpoints/course`.
 */
export async function clearHeadline(
  options: { folder?: string } = {},
): Promise<void> {
  try {
    await Deno.remove(headlinePath(options));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function headlinePath({ folder = COURSE_FOLDER }: { folder?: string }): string {
  return join(folder, "headline.json");
}
