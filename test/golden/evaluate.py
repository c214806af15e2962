"""Writes evaluate.json: win rates by NumPy, and paired bootstrap intervals by SciPy.

Run: pip install numpy==2.4.6 scipy==1.17.1 && python test/golden/evaluate.py
"""

import json
from pathlib import Path

import numpy as np
import scipy

RESAMPLES = 400_000


def win_rate(preferences):
    wins = np.array(preferences, dtype=np.float64) - 1
    error = wins.std(ddof=1) / np.sqrt(len(wins))
    return {
        "preferences": preferences,
        "win_rate": float(wins.mean() * 100),
        "standard_error": float(error * 100),
    }


def bootstrap(data, statistic, confidence):
    result = scipy.stats.bootstrap(
        data,
        statistic,
        paired=True,
        n_resamples=RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(3),
        batch=10_000,
    )
    interval = result.confidence_interval
    return {
        "confidence": confidence,
        "difference": float(statistic(*data, axis=-1)),
        "low": float(interval.low),
        "high": float(interval.high),
        "standard_error": float(result.standard_error),
    }


def mean_difference(a, b, axis):
    return b.mean(axis=axis) - a.mean(axis=axis)


def ratio_difference(a, b, tokens, axis):
    total = tokens.sum(axis=axis)
    return b.sum(axis=axis) / total - a.sum(axis=axis) / total


def main():
    draw = np.random.default_rng(11)
    sure = [1, 2, 2, 1.5, 2, 1, 2, 2, 2, 1.5, 2]
    unsure = [round(float(x), 6) for x in draw.uniform(1, 2, 57)]
    # Few tasks, very unequal in length, and losses that depend on the length: means, ratios, and
    # intervals of another method then differ by far more than chance.
    tokens = np.ceil(draw.lognormal(3, 1, 24))
    a = np.round(tokens * draw.lognormal(1, 0.3, 24), 4)
    b = np.round(a * (1 - 0.4 / np.sqrt(tokens)) - draw.lognormal(0, 1.5, 24), 4)
    golden = {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "resamples": RESAMPLES,
        "win_rates": [win_rate(sure), win_rate(unsure)],
        "a": a.tolist(),
        "b": b.tolist(),
        "tokens": tokens.astype(int).tolist(),
        "means": [bootstrap((a, b), mean_difference, c) for c in (0.95, 0.8)],
        "ratios": [bootstrap((a, b, tokens), ratio_difference, c) for c in (0.95, 0.8)],
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
