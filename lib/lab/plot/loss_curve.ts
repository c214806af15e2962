import { AXIS, COLORS, type Figure, figure, type Trace } from "./figure.ts";
import { type Point, runningMean, thinned } from "./series.ts";

/** One step of training. */
export interface StepPoint {
  /** Number of the step, from 1. */
  step: number;
  /** Loss on the step's batch, in nats a token. */
  loss: number;
  /** Learning rate of the step. @default {not drawn} */
  learningRate?: number;
}

/** The loss on tasks that are not trained on. */
export interface EvaluationPoint {
  /** Steps taken before it; 0 is the base. */
  step: number;
  /** Loss, in nats a token. */
  loss: number;
}

/** What {@linkcode lossCurve} draws. */
export interface LossCurveOptions {
  /** One line above the drawing. @default {"Training"} */
  title?: string;
  /** Words under the title. @default {the last numbers} */
  subtitle?: string;
  /** Losses on held-out tasks. @default {[]} */
  evaluations?: readonly EvaluationPoint[];
  /** Held-out loss of the base, in nats a token. @default {the evaluation at step 0, if any} */
  baseLoss?: number;
  /** Steps of the whole run: the width of the axis. @default {the last step} */
  steps?: number;
}

/** Points of a line that are drawn at most; more cannot be seen. */
const MOST_POINTS = 600;

/**
 * Draws how a model learns: the loss of every step and its running mean, the loss on held-out tasks
 * against the base's, and below them the learning rate.
 *
 * The running mean is over as many steps as a twentieth of those taken, 100 at most; a run of less
 * than 30 steps has none, and the line of its steps is the strong one. Of lines of more than 600
 * points, points are left out evenly.
 *
 * @example Usage
 * ```ts
 * import { match } from "node:assert/strict";
 *
 * const drawn = lossCurve([{ step: 1, loss: 4 }, { step: 2, loss: 2 }], {
 *   evaluations: [{ step: 0, loss: 4 }, { step: 2, loss: 3 }],
 * });
 * match(drawn.summary, /held-out 4\.000 → 3\.000/);
 * ```
 *
 * @param points The steps, in order.
 * @param options The held-out losses, and words.
 * @returns The figure.
 */
export function lossCurve(
  points: readonly StepPoint[],
  options: LossCurveOptions = {},
): Figure {
  const { title = "Training", evaluations = [] } = options;
  const baseLoss = options.baseLoss ??
    evaluations.find(({ step }) => step === 0)?.loss;
  const steps = options.steps ??
    Math.max(1, points.at(-1)?.step ?? 0, evaluations.at(-1)?.step ?? 0);
  const rated = points.filter(({ learningRate }) => learningRate !== undefined);
  const summary = words(points, { evaluations, baseLoss });
  return figure({
    title,
    subtitle: options.subtitle ?? summary,
    alt: `Loss against step: ${summary}.`,
    summary,
    data: [
      ...training(points),
      ...heldOut(evaluations),
      ...base(baseLoss, steps),
      ...(rated.length === 0 ? [] : [rate(rated)]),
    ],
    layout: {
      margin: { l: 64, r: 24, t: 104, b: 52 },
      legend: { orientation: "h", x: 0, y: 1.01, yanchor: "bottom" },
      xaxis: {
        title: { text: "step" },
        range: [0, steps * 1.01],
        anchor: rated.length === 0 ? "y" : "y2",
      },
      yaxis: {
        title: { text: "loss, nats a token" },
        domain: rated.length === 0 ? [0, 1] : [0.26, 1],
      },
      ...(rated.length === 0 ? {} : { yaxis2: RATE_AXIS }),
    },
  });
}

const RATE_AXIS = {
  ...AXIS,
  title: { text: "rate", standoff: 10, font: { size: 13 } },
  domain: [0, 0.17],
  rangemode: "tozero",
  nticks: 3,
  exponentformat: "e",
  minexponent: 0,
  tickfont: { size: 11 },
};

function training(points: readonly StepPoint[]): Trace[] {
  if (points.length === 0) return [];
  const { window, losses, means } = smoothed(points);
  const raw = thinned(losses, MOST_POINTS);
  const mean = thinned(means, MOST_POINTS);
  const each = {
    type: "scatter",
    mode: points.length < 10 ? "lines+markers" : "lines",
    name: "each step",
    ...columns(raw),
    hovertemplate: "step %{x}: %{y:.3f}<extra></extra>",
  };
  if (window === 1) {
    return [{ ...each, line: { color: COLORS.tuned, width: 1.5 } }];
  }
  return [{ ...each, line: { color: "#A9C9E2", width: 1 } }, {
    type: "scatter",
    mode: "lines",
    name: `mean of ${window} steps`,
    ...columns(mean),
    line: { color: COLORS.tuned, width: 2.5 },
    hovertemplate: "step %{x}: %{y:.3f}<extra></extra>",
  }];
}

/** The losses and their running mean. */
function smoothed(
  points: readonly StepPoint[],
): { window: number; losses: Point[]; means: Point[] } {
  const window = Math.min(100, Math.max(1, Math.round(points.length / 20)));
  const losses = points.map(({ step, loss }) => ({ x: step, y: loss }));
  return { window, losses, means: runningMean(losses, window) };
}

function heldOut(evaluations: readonly EvaluationPoint[]): Trace[] {
  if (evaluations.length === 0) return [];
  return [{
    type: "scatter",
    mode: "lines+markers",
    name: "held-out",
    x: evaluations.map(({ step }) => step),
    y: evaluations.map(({ loss }) => loss),
    cliponaxis: false,
    line: { color: COLORS.dropped, width: 1.5 },
    marker: { color: COLORS.dropped, size: 8, symbol: "diamond" },
    hovertemplate: "after step %{x}: %{y:.3f}<extra></extra>",
  }];
}

function base(loss: number | undefined, steps: number): Trace[] {
  if (loss === undefined) return [];
  return [{
    type: "scatter",
    mode: "lines",
    name: "base, held-out",
    x: [0, steps * 1.01],
    y: [loss, loss],
    line: { color: COLORS.quiet, width: 1.5, dash: "dash" },
    hovertemplate: "base: %{y:.3f}<extra></extra>",
  }];
}

function rate(points: readonly StepPoint[]): Trace {
  const rates = points.map(({ step, learningRate = 0 }) => ({
    x: step,
    y: learningRate,
  }));
  return {
    type: "scatter",
    mode: "lines",
    name: "learning rate",
    showlegend: false,
    yaxis: "y2",
    ...columns(thinned(rates, MOST_POINTS)),
    line: { color: "#009E73", width: 1.5 },
    hovertemplate: "step %{x}: %{y:.2e}<extra></extra>",
  };
}

function columns(
  points: readonly { x: number; y: number }[],
): { x: number[]; y: number[] } {
  return {
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => Number(y.toPrecision(6))),
  };
}

function words(
  points: readonly StepPoint[],
  heldOut: {
    evaluations: readonly EvaluationPoint[];
    baseLoss: number | undefined;
  },
): string {
  const { evaluations, baseLoss } = heldOut;
  const parts = [
    points.length === 0
      ? "no steps yet"
      : `step ${points.at(-1)!.step.toLocaleString("en-US")}, loss ${
        smoothed(points).means.at(-1)!.y.toFixed(3)
      }`,
  ];
  const last = evaluations.at(-1);
  if (last !== undefined && baseLoss !== undefined && last.step > 0) {
    const best = Math.min(...evaluations.map(({ loss }) => loss));
    parts.push(
      `held-out ${baseLoss.toFixed(3)} → ${last.loss.toFixed(3)}` +
        (best < last.loss ? ` (best ${best.toFixed(3)})` : ""),
    );
  } else if (last !== undefined) {
    parts.push(`held-out ${last.loss.toFixed(3)}`);
  }
  return parts.join(", ");
}
