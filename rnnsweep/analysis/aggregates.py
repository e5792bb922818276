"""Mean, median and interquartile mean of many trials, each with a 95 % interval over the seeds.

The recommendation of Agarwal et al. 2021 (Deep reinforcement learning at the edge of the
statistical precipice, NeurIPS): aggregates with intervals in place of single numbers. All three are
trimmed means: nothing is left out at the ends, a quarter, or all but the middle. A trial that
diverged counts as infinite, so that an aggregate is infinite where such trials are not left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Floats

from .bootstrap import SeedResamples, seed_columns
from .outcomes import Outcomes, codes_of
from .products import product
from .trial_metrics import Measured, measured

# How many of n numbers each leaves out at each end.
_CUTS: dict[str, Callable[[Any], Any]] = {
    "mean": lambda n: 0 * n,
    "median": lambda n: (n - 1) // 2,
    "iqm": lambda n: n // 4,
}
STATISTICS = (
    *("n", "n_diverged", "n_left_out"),
    *(f"{name}{end}" for name in _CUTS for end in ("", "_low", "_high")),
)
_MOST_NUMBERS = 2_000_000  # of weights at a time: 16 MB


@dataclass(frozen=True)
class Aggregates:
    """Aggregates of each group of settings, in the order of trials.

    Attributes
    ----------
    by : dict of list
        The columns of the settings that distinguish the groups.
    statistics : dict of list
        The columns `STATISTICS`.
    measured : Measured
        The number of which they are.
    """

    by: dict[str, list[Any]]
    statistics: dict[str, list[float]]
    measured: Measured


def aggregates(outcomes: Outcomes, by: Sequence[str], metric: str) -> Aggregates:
    """Return the aggregates of the trials that agree in the settings `by`.

    Parameters
    ----------
    outcomes : Outcomes
        With the settings of `by` and the seeds.
    by : sequence of str
        One group of all trials without any.
    metric : str
        One of `rnnsweep.analysis.trial_metrics.TRIAL_METRICS`.

    Raises
    ------
    SweepError
        If there is no such metric, or no trial has a number.
    """
    numbers = measured(outcomes, metric)
    group = codes_of([outcomes.settings[name] for name in by], len(outcomes))
    _, first = np.unique(group, return_index=True)
    rows = [
        _aggregates(outcomes.take(members), numbers.values[members])
        for members in (np.flatnonzero(group == code) for code in range(len(first)))
    ]
    heads = {name: [outcomes.settings[name][place] for place in first.tolist()] for name in by}
    return Aggregates(heads, {name: [row[name] for row in rows] for name in STATISTICS}, numbers)


def _aggregates(trials: Outcomes, values: Floats) -> dict[str, float]:
    """Return the statistics of one group."""
    places = np.flatnonzero(~np.isnan(values))
    places = places[np.argsort(values[places], kind="stable")]
    ordered = values[places]
    seeds = [[trials.settings[name][place] for place in places] for name in seed_columns(trials)]
    resamples = SeedResamples(seeds, len(ordered))
    row: dict[str, float] = {
        "n": len(ordered),
        "n_diverged": int(trials.take(places).have("diverged").sum()),
        "n_left_out": len(values) - len(ordered),
    }
    once = np.ones((1, len(ordered)))
    # On the logarithm the interval of a loss stays above 0.
    positive = len(ordered) > 0 and bool(ordered[0] > 0)
    for name, cut in _CUTS.items():
        estimate = trimmed_means(ordered, once, cut)
        resampled = _resampled(ordered, resamples, cut)
        if positive:
            low, high = map(
                np.exp, resamples.interval(np.log(estimate), np.log(resampled)[:, None])
            )
        else:
            low, high = resamples.interval(estimate, resampled[:, None])
        row |= {
            name: float(estimate[0]),
            f"{name}_low": float(low[0]),
            f"{name}_high": float(high[0]),
        }
    return row


def _resampled(ordered: Floats, resamples: SeedResamples, cut: Callable[[Any], Any]) -> Floats:
    """Return the trimmed mean in each resample, some of them at a time."""
    n_resamples = len(resamples.weights)
    size = max(1, _MOST_NUMBERS // max(len(ordered), 1))
    return np.concatenate(
        [
            trimmed_means(ordered, resamples.weights[start : start + size, resamples.unit], cut)
            for start in range(0, n_resamples, size)
        ]
    )


def trimmed_means(ordered: Floats, weights: Floats, cut: Callable[[Any], Any]) -> Floats:
    """Return the mean (n_resamples,) of the middle of numbers that occur several times.

    Parameters
    ----------
    ordered : (n_values,) array
        Rising numbers, which may be infinite.
    weights : (n_resamples, n_values) array
        How often each occurs: whole numbers.
    cut : callable
        Returns how many of n numbers to leave out at each end.
    """
    upto = np.cumsum(weights, axis=1)
    total = weights.sum(axis=1, keepdims=True)
    left_out = cut(total)
    within = np.minimum(upto, total - left_out) - np.maximum(upto - weights, left_out)
    within = np.maximum(within, 0.0)
    finite = np.where(np.isfinite(ordered), ordered, 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        means: Floats = product(within, finite) / within.sum(axis=1)
    for infinite in (np.inf, -np.inf):
        means[(within[:, ordered == infinite] > 0).any(axis=1)] = infinite
    return means
