/** The steps of set-up; the others need the first. */
export type StepName = "python" | "packages" | "library" | "kernel";

/** What happens during set-up, for whoever shows it. */
export type SetupEvent =
  | { kind: "start"; step: StepName; text: string }
  | {
    kind: "progress";
    step: StepName;
    done: number;
    total: number;
    ms: number;
  }
  | { kind: "done"; step: StepName; text: string; ms: number }
  | { kind: "problem"; step: StepName; problem: string };

/** Takes what happens. */
export type OnEvent = (event: SetupEvent) => void;

/** A step's name, and the words before and after it. */
export interface StepWords {
  /** Its name. */
  readonly step: StepName;
  /** The verb while it is being done. */
  readonly doing: string;
  /** The verb once it is done. */
  readonly done: string;
}

/**
 * Runs steps, tells how they go, and collects what goes wrong.
 *
 * @example A step that fails is a problem, not an error
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * const steps = new Steps();
 * const words = { step: "kernel", doing: "Writing", done: "Wrote" } as const;
 * equal(await steps.run(words, "a poem", () => Promise.resolve("Cannot find a rhyme")), false);
 * deepEqual(steps.problems, ["Cannot find a rhyme"]);
 * ```
 */
export class Steps {
  /** What went wrong so far, each thing once. */
  readonly problems: string[] = [];
  readonly #onEvent: OnEvent;

  /**
   * Starts with no problems.
   *
   * @param onEvent Is told of what happens.
   */
  constructor(onEvent: OnEvent = () => {}) {
    this.#onEvent = onEvent;
  }

  /**
   * Runs a step.
   *
   * @param words Its name and its verbs.
   * @param what What the verbs are about.
   * @param action Does it; gives the problem if there is one.
   * @returns Whether it was done.
   */
  async run(
    { step, doing, done }: StepWords,
    what: string,
    action: () => Promise<string | undefined>,
  ): Promise<boolean> {
    const start = performance.now();
    this.#onEvent({ kind: "start", step, text: `${doing} ${what}` });
    const problem = await action().catch(String);
    if (problem === undefined) {
      const ms = performance.now() - start;
      this.#onEvent({ kind: "done", step, text: `${done} ${what}`, ms });
      return true;
    }
    if (!this.problems.includes(problem)) {
      this.problems.push(problem);
      this.#onEvent({ kind: "problem", step, problem });
    }
    return false;
  }

  /**
   * Makes a function that tells how far a step is.
   *
   * @param step The step, which starts now.
   * @returns A function of the bytes so far and in all.
   */
  progress(step: StepName): (done: number, total: number) => void {
    const start = performance.now();
    return (done, total) => {
      const ms = performance.now() - start;
      this.#onEvent({ kind: "progress", step, done, total, ms });
    };
  }
}
