import type { Figure } from "./figure.ts";
import { Live, type LiveOptions } from "./live.ts";
import {
  type EvaluationPoint,
  lossCurve,
  type LossCurveOptions,
  type StepPoint,
} from "./loss_curve.ts";
import { duration } from "./duration.ts";

/** What a {@linkcode LossChart} understands of training; other kinds of event are passed over. */
export type LossChartEvent =
  | {
    kind: "step";
    step: number;
    steps: number;
    loss: number;
    learningRate: number;
    tokensPerSecond: number;
    msLeft: number;
  }
  | { kind: "evaluation"; step: number; loss: number };

/** Options for {@linkcode LossChart}. */
export interface LossChartOptions extends LiveOptions {
  /** One line above the drawing. @default {"Training"} */
  title?: string;
  /** Held-out loss of the base, in nats a token. @default {the evaluation at step 0, if any} */
  baseLoss?: number;
}

/**
 * A drawing of the loss that grows while a model learns.
 *
 * @example Usage
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const chart = new LossChart();
 * await chart.add({ kind: "evaluation", step: 0, loss: 4 });
 * equal(chart.figure().summary, "no steps yet, held-out 4.000");
 * ```
 */
export class LossChart {
  readonly #live: Live;
  readonly #options: LossCurveOptions;
  readonly #points: StepPoint[] = [];
  readonly #evaluations: EvaluationPoint[] = [];
  #steps: number | undefined;
  #pace = "";

  /**
   * Constructs a new {@linkcode LossChart}; nothing is shown yet.
   *
   * @param options Words, the base's loss, and how often to draw.
   */
  constructor(options: LossChartOptions = {}) {
    const { title, baseLoss, ...live } = options;
    this.#live = new Live(live);
    this.#options = {
      ...(title === undefined ? {} : { title }),
      ...(baseLoss === undefined ? {} : { baseLoss }),
    };
  }

  /**
   * Takes what happened, and draws it unless it drew a moment ago.
   *
   * @param event A step or an evaluation; anything else changes nothing.
   */
  async add(event: LossChartEvent | { kind: string }): Promise<void> {
    if (isStep(event)) {
      const { step, steps, loss, learningRate, tokensPerSecond, msLeft } =
        event;
      this.#points.push({ step, loss, learningRate });
      this.#steps = steps;
      this.#pace = `step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${
        Math.round(tokensPerSecond).toLocaleString("en-US")
      } tokens/s, ${duration(msLeft)} left`;
    } else if (isEvaluation(event)) {
      this.#evaluations.push({ step: event.step, loss: event.loss });
    } else return;
    await this.#live.update(() => this.#drawn(this.#pace));
  }

  /** Shows the whole curve in all its forms, for good. */
  async finish(): Promise<void> {
    this.#steps = undefined;
    await this.#live.finish(() => this.figure());
  }

  /**
   * Gives the curve so far.
   *
   * @returns The figure.
   */
  figure(): Figure {
    return this.#drawn("");
  }

  #drawn(subtitle: string): Figure {
    return lossCurve(this.#points, {
      ...this.#options,
      evaluations: this.#evaluations,
      ...(this.#steps === undefined ? {} : { steps: this.#steps }),
      ...(subtitle === "" ? {} : { subtitle }),
    });
  }
}

function isStep(
  event: { kind: string },
): event is Extract<LossChartEvent, { kind: "step" }> {
  return event.kind === "step";
}

function isEvaluation(
  event: { kind: string },
): event is Extract<LossChartEvent, { kind: "evaluation" }> {
  return event.kind === "evaluation";
}
