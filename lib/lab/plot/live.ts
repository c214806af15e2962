import { type Bundle, toBundle } from "./bundle.ts";
import { isFigure } from "./figure.ts";
import { figureFrame } from "./figure_bundle.ts";
import { screen } from "./screen.ts";

/** Options for {@linkcode Live}. */
export interface LiveOptions {
  /** Shortest time between two frames, in milliseconds. @default {250} */
  throttleMs?: number;
  /** Largest share of the loop's time that drawing may take, above `0` to `1`. @default {0.1} */
  share?: number;
  /** A clock, in milliseconds from any start. @default {performance.now} */
  now?: () => number;
}

/** A value to show, or a function that makes it; the function is called only for frames that are drawn. */
export type Frame = unknown | (() => unknown);

/**
 * One place under a cell whose content is replaced while a loop runs.
 *
 * Most frames are left out: as many as it takes to keep drawing cheap. The last one never is, if
 * {@linkcode Live.finish} is called. Figures are sent as images while the loop runs, as JupyterLab's
 * Plotly renderer never redraws in place, and in all their forms at the end. Where nothing can be
 * replaced (a terminal, a log), only the end is shown.
 *
 * @example The last value is always shown
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { setDisplay } from "cria/lab/plot/screen.ts";
 *
 * const seen: unknown[] = [];
 * setDisplay(({ bundle }) => void seen.push(bundle["text/plain"]));
 * const live = new Live({ throttleMs: 60_000 });
 * for (const step of [1, 2, 3]) await live.update(`step ${step}`);
 * await live.finish();
 * setDisplay(undefined);
 * deepEqual(seen, ["step 1", "step 3"]);
 * ```
 */
export class Live {
  readonly #id = crypto.randomUUID();
  readonly #throttleMs: number;
  readonly #share: number;
  readonly #now: () => number;
  #shown = false;
  #last: Frame = undefined;
  #nextMs = -Infinity;

  /**
   * Constructs a new {@linkcode Live}; nothing is shown yet.
   *
   * @param options How often to draw.
   * @throws {RangeError} If `share` is not above 0 and at most 1.
   */
  constructor(options: LiveOptions = {}) {
    const { throttleMs = 250, share = 0.1, now = () => performance.now() } =
      options;
    if (!(share > 0 && share <= 1)) {
      throw new RangeError(
        `Cannot draw live as share must be above 0 and at most 1: current value is ${share}`,
      );
    }
    this.#throttleMs = throttleMs;
    this.#share = share;
    this.#now = now;
  }

  /**
   * Shows a value in place of the one before, unless that was drawn a moment ago.
   *
   * @param frame The value, or a function that makes it when it is drawn.
   * @returns Whether it was drawn.
   */
  async update(frame: Frame): Promise<boolean> {
    this.#last = frame;
    if (!screen().live || this.#now() < this.#nextMs) return false;
    const start = this.#now();
    const value = made(frame);
    await this.#send(
      isFigure(value) ? await figureFrame(value) : await toBundle(value),
    );
    const end = this.#now();
    const rest = (end - start) * (1 / this.#share - 1);
    this.#nextMs = Math.max(start + this.#throttleMs, end + rest);
    return true;
  }

  /**
   * Shows a value in all its forms, for good.
   *
   * @param frame The value, or a function that makes it; without it, what {@linkcode Live.update} was
   * given last.
   */
  async finish(frame: Frame = this.#last): Promise<void> {
    if (frame === undefined) return;
    this.#last = frame;
    await this.#send(await toBundle(made(frame)));
    this.#nextMs = -Infinity;
  }

  async #send(bundle: Bundle): Promise<void> {
    const update = this.#shown;
    this.#shown = true;
    await screen().send({ bundle, displayId: this.#id, update });
  }
}

function made(frame: Frame): unknown {
  return typeof frame === "function" ? frame() : frame;
}
