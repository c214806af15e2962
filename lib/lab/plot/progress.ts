import { duration } from "./duration.ts";
import { type Estimate, Pace } from "./pace.ts";
import { escapeHtml, type Fragment, fragment, STYLE } from "./html.ts";
import { Live } from "./live.ts";
import { screen } from "./screen.ts";
import { TerminalLine } from "./terminal_line.ts";

/** Options for {@linkcode Progress}. */
export interface ProgressOptions {
  /** What is being done. @default {""} */
  label?: string;
  /** What is counted, in the plural. @default {"steps"} */
  unit?: string;
  /** How many were already done, by an earlier run; they do not count in the rate. @default {0} */
  start?: number;
  /** Shortest time between two drawings, in milliseconds. @default {250} */
  throttleMs?: number;
  /** A clock, in milliseconds from any start. @default {performance.now} */
  now?: () => number;
}

/**
 * A bar that tells how far a long job is, how fast it goes, and how long it will take.
 *
 * In a notebook it is drawn under the cell; in a terminal it is one line of standard error that is
 * written over, and where standard error is a file, a line every ten seconds.
 *
 * @example Usage
 * ```ts
 * import { setDisplay } from "cria/lab/plot/screen.ts";
 * import { match } from "node:assert/strict";
 *
 * let text: unknown;
 * setDisplay(({ bundle }) => void (text = bundle["text/plain"]));
 * const progress = new Progress(2, { label: "Asking", unit: "tasks" });
 * await progress.update(2);
 * await progress.finish();
 * setDisplay(undefined);
 * match(String(text), /^Asking: 2 of 2 tasks/);
 * ```
 */
export class Progress {
  readonly #label: string;
  readonly #unit: string;
  readonly #pace: Pace;
  readonly #live: Live;
  readonly #line: TerminalLine;
  #note = "";

  /**
   * Constructs a new {@linkcode Progress}; the clock starts now.
   *
   * @param total How many there are to do; `undefined` if nobody knows.
   * @param options Words, and how often to draw.
   */
  constructor(total: number | undefined, options: ProgressOptions = {}) {
    const {
      label = "",
      unit = "steps",
      start = 0,
      throttleMs = 250,
      now = () => performance.now(),
    } = options;
    this.#label = label;
    this.#unit = unit;
    this.#pace = new Pace(total, { start, now });
    this.#live = new Live({ throttleMs, now });
    this.#line = new TerminalLine({ throttleMs, now });
  }

  /**
   * Tells how many are done.
   *
   * @param done How many, the earlier run's among them.
   * @param note A few words about the last one. @default {""}
   * @param known What is known better than it can be told from how many are done.
   */
  async update(
    done: number,
    note: string = "",
    known: { leftMs?: number } = {},
  ): Promise<void> {
    this.#note = note;
    const estimate = { ...this.#pace.update(done), ...known };
    if (screen().kind === "terminal") this.#line.write(this.#text(estimate));
    else await this.#live.update(() => this.#bar(estimate));
  }

  /**
   * Tells that the job is over: done, or given up where it stood.
   *
   * @param note A few words about how it ended. @default {the last note}
   */
  async finish(note: string = this.#note): Promise<void> {
    this.#note = note;
    const estimate = this.#pace.finish();
    if (screen().kind === "terminal") this.#line.end(this.#text(estimate));
    else await this.#live.finish(this.#bar(estimate));
  }

  #text(estimate: Estimate): string {
    const label = this.#label === "" ? "" : `${this.#label}: `;
    const note = this.#note === "" ? "" : ` · ${this.#note}`;
    return `${label}${numbers(estimate, this.#unit)}${note}`;
  }

  #bar(estimate: Estimate): Fragment {
    const { share } = estimate;
    const note = this.#note === ""
      ? ""
      : `<div style="overflow-wrap:anywhere">${escapeHtml(this.#note)}</div>`;
    const bar = share === undefined
      ? ""
      : `<div role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${
        Math.round(100 * share)
      }" style="height:10px;border-radius:5px;background:rgba(128,128,128,0.25);overflow:hidden;margin:4px 0"><div style="height:100%;width:${
        (100 * share).toFixed(1)
      }%;background:#0072B2"></div></div>`;
    const html =
      `<div style="${STYLE.text};max-width:720px;margin:4px 0"><div><b>${
        escapeHtml(this.#label)
      }</b></div>${bar}<div style="font-size:13px;font-variant-numeric:tabular-nums;${STYLE.quiet}">${
        escapeHtml(numbers(estimate, this.#unit))
      }${note}</div></div>`;
    return fragment(html, this.#text(estimate));
  }
}

function numbers(estimate: Estimate, unit: string): string {
  const { done, total, perSecond, elapsedMs, leftMs, finished } = estimate;
  const count = total === undefined
    ? `${amount(done)} ${unit}`
    : `${amount(done)} of ${amount(total)} ${unit}`;
  const rest = finished ? [`${duration(elapsedMs)} in all`] : [
    duration(elapsedMs),
    ...(leftMs === undefined ? [] : [
      `${duration(leftMs)} left`,
    ]),
  ];
  return [count, ...rate(perSecond), ...rest].join(" · ");
}

/** How fast it goes, in whichever way gives a number above one. */
function rate(perSecond: number): string[] {
  if (!(perSecond > 0)) return [];
  return perSecond >= 1
    ? [`${amount(perSecond)}/s`]
    : [`${amount(1 / perSecond)} s each`];
}

function amount(value: number): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : 1;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
