"""Paired comparison: which of two settings is better, by how much, and how sure that is.

For each pair of trials (`pairs`) there is a difference a - b. Its mean has a 95 % interval by
resampling of seeds (`bootstrap`); the probability of improvement is the share of pairs in which a
is better, with half of the ties (Bouthillier et al. 2021, Accounting for variance in machine
learning benchmarks, MLSys 3; it is that of rliable, Agarwal et al. 2021, where each pair
is a task).

A trial that diverged is worse than any that did not, and as bad as another one. So it counts in the
probability of improvement. It has no difference: the means are over the other pairs. Pairs with a
trial that failed are left out and counted.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Flags, Floats
from rnnsweep.errors import SweepError

from .bootstrap import SeedResamples
from .intervals import share_intervals
from .pairs import Pairs
from .power import seeds_needed
from .trial_metrics import Measured, measured

# A common setting with more values, such as random draws, has no rows.
_MOST_VALUES = 24
STATISTICS = (
    "n_pairs",
    "n_seeds",
    "n_left_out",
    "n_diverged_a",
    "n_diverged_b",
    "n_in_mean",
    "mean_a",
    "mean_b",
    "mean_difference",
    "ci95_low",
    "ci95_high",
    "probability_of_improvement",
    "probability_low",
    "probability_high",
    "seeds_to_settle",
)


@dataclass(frozen=True)
class Comparison:
    """The comparison of two sides, a row for all pairs and a row for each common value.

    Attributes
    ----------
    a, b : str
        The sides, as "activation=relu".
    measured : Measured
        The number that is compared.
    rows : list of tuple
        For each row the name of a common setting and its value; ("", None) for all pairs.
    statistics : dict of list
        The columns `STATISTICS` by name, a number for each row; NaN where there is none.
    notes : tuple of str
        Sentences on what was compared, and what counts how.
    """

    a: str
    b: str
    measured: Measured
    rows: list[tuple[str, Any]]
    statistics: dict[str, list[float]]
    notes: tuple[str, ...]

    def all_pairs(self) -> dict[str, float]:
        """Return the statistics over all pairs."""
        return {name: column[0] for name, column in self.statistics.items()}

    @property
    def verdict(self) -> str:
        """A sentence: which side is better, or that this is open."""
        row = self.all_pairs()
        if not row["n_in_mean"]:
            return "There is no pair of which neither trial diverged, so there is no difference."
        if math.isnan(row["ci95_low"]):
            return "With one seed this is open."
        if is_open(row):
            return "This is open: the interval of the mean difference contains 0."
        is_a = (row["ci95_high"] < 0) == (self.measured.metric.better == "lower")
        better, worse = (self.a, self.b) if is_a else (self.b, self.a)
        return f"{better} is better than {worse}: the interval is on one side of 0."


def is_open(row: Mapping[str, float]) -> bool:
    """Return whether the interval of the mean difference contains 0, or there is none."""
    return not (row["ci95_low"] > 0 or row["ci95_high"] < 0)


def compare(pairs: Pairs, metric: str) -> Comparison:
    """Return the statistics of all pairs, and of those with each value of a common setting.

    Parameters
    ----------
    pairs : Pairs
    metric : str
        One of `rnnsweep.analysis.trial_metrics.TRIAL_METRICS`.

    Raises
    ------
    SweepError
        If no trial has such a number, or the trials of a pair have different problems and no
        usable baselines.
    """
    numbers = measured(pairs.outcomes, metric)
    if pairs.problems and numbers.metric.baseline is not None and not numbers.over_baseline:
        raise SweepError(
            f"{pairs.text_a} and {pairs.text_b} are different problems, whose losses do not "
            "compare, since a trial has no trivial predictor with a loss above 0"
        )
    columns = {name: pairs.column(name) for name in pairs.common}
    rows: list[tuple[str, Any]] = [("", None)]
    flags: list[Flags] = [np.ones(len(pairs), np.bool_)]
    for name, values in columns.items():
        different = list(dict.fromkeys(values))
        for value in different if len(different) <= _MOST_VALUES else ():
            rows.append((name, value))
            flags.append(np.fromiter((cell == value for cell in values), np.bool_, len(values)))
    statistics = [_statistics(pairs, numbers, members) for members in flags]
    table = {name: [row[name] for row in statistics] for name in STATISTICS}
    notes = tuple(_notes(pairs, numbers, statistics[0]))
    return Comparison(pairs.text_a, pairs.text_b, numbers, rows, table, notes)


def _statistics(pairs: Pairs, numbers: Measured, members: Flags) -> dict[str, float]:
    """Return the statistics of these pairs."""
    places_a, places_b = pairs.a[members], pairs.b[members]
    failed = np.isnan(numbers.values[places_a]) | np.isnan(numbers.values[places_b])
    places_a, places_b = places_a[~failed], places_b[~failed]
    a, b = numbers.values[places_a], numbers.values[places_b]
    diverged = pairs.outcomes.have("diverged")
    places = np.flatnonzero(members)[~failed].tolist()
    seeds = [[column[place] for place in places] for column in pairs.seeds]
    resamples = SeedResamples(seeds, len(a))

    both = np.isfinite(a) & np.isfinite(b)
    difference = np.where(both, a, np.nan) - np.where(both, b, np.nan)
    mean = _mean(difference)
    low, high = resamples.interval(mean, resamples.means(difference))
    sign = 1.0 if numbers.metric.better == "lower" else -1.0
    better = np.where(a == b, 0.5, sign * a < sign * b)
    probability = _mean(better)
    se = resamples.standard_error(resamples.means(better))
    ends = share_intervals(np.array(probability), len(better), se, resamples.t)
    return {
        "n_pairs": len(a),
        "n_seeds": resamples.n_seeds,
        "n_left_out": int(failed.sum()),
        "n_diverged_a": int(diverged[places_a].sum()),
        "n_diverged_b": int(diverged[places_b].sum()),
        "n_in_mean": int(both.sum()),
        "mean_a": _mean(a[both]),
        "mean_b": _mean(b[both]),
        "mean_difference": mean,
        "ci95_low": float(low),
        "ci95_high": float(high),
        "probability_of_improvement": probability,
        "probability_low": float(ends[0]),
        "probability_high": float(ends[1]),
        "seeds_to_settle": _seeds_to_settle(mean, difference, resamples),
    }


def _notes(pairs: Pairs, numbers: Measured, over_all: Mapping[str, float]) -> Iterator[str]:
    """Yield sentences on what was compared, and what counts how."""
    if pairs.differences:
        yield f"The trials of a pair also differ: {pairs.differences}."
    if numbers.over_baseline:
        yield "Losses are divided by their baselines, since the problems of the trials differ."
    if n_infinite := int(over_all["n_pairs"] - over_all["n_in_mean"]):
        yield (
            f"Pairs with a trial that diverged or has no number: {n_infinite:,}. It counts as the "
            "worst in the probability of improvement; the means are without these pairs."
        )
    if n_left_out := int(over_all["n_left_out"]):
        yield f"Pairs left out, since a trial failed or has no such number: {n_left_out:,}."
    if any(pairs.n_unpaired):
        yield "Trials without a partner: {:,} of a, {:,} of b.".format(*pairs.n_unpaired)
    if over_all["n_seeds"] < 2:
        yield "There is one seed, so the scatter is unknown: no intervals. Train more seeds."
    elif SeedResamples(pairs.seeds, len(pairs)).is_crossed:
        yield (
            "Several seeds vary: each was resampled by itself, which makes the intervals wide, and "
            "no one number of seeds settles the difference."
        )


def _mean(values: Floats) -> float:
    present = values[~np.isnan(values)]
    return float(present.mean()) if len(present) else math.nan


def _seeds_to_settle(mean: float, difference: Floats, resamples: SeedResamples) -> float:
    """Return how many seeds would show this difference; NaN where several seeds are crossed."""
    if resamples.is_crossed:
        return math.nan
    present = ~np.isnan(difference)
    by_seed = np.bincount(resamples.unit[present], difference[present])
    counts = np.bincount(resamples.unit[present])
    means = by_seed[counts > 0] / counts[counts > 0]
    return seeds_needed(mean, float(means.std(ddof=1)) if len(means) > 1 else math.nan)
