"""Paired comparison: which of two settings is better, by how much, and how sure that is.

For each pair of trials (`pairs`) there is a difference a - b. Its mean has a 95 % interval by
resampling of seeds (`bootstrap`); the probability of improvement is the share of pairs in which a
is better, with half of the ties (Bouthillier et al. 2021, Accounting for variance in machine
learning benchmarks, MLSys 3; it is that of rliable, Agarwal et al. 2021, where each pair
is a task).

A trial that diverged is worse than any that did not, and as bad as another one. So it counts in the
probability of improvement. It has no difference: the means are over the other pairs, and their
interval is over the seeds of these pairs. Pairs with a trial that failed are left out and counted.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np

from rnnsweep.array_types import Flags, Floats
from rnnsweep.errors import SweepError

from .bootstrap import SeedResamples
from .grouped import means
from .pairs import Pairs
from .power import seeds_needed
from .trial_metrics import Measured, measured
from .verdict import better_side, reason

# A common setting with more values, such as random draws, has no rows.
_MOST_VALUES = 24
STATISTICS = (
    "n_pairs",
    "n_seeds",
    "n_left_out",
    "n_diverged_a",
    "n_diverged_b",
    "n_in_mean",
    "n_seeds_in_mean",
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
        row, better = self.all_pairs(), self.measured.metric.better
        side, why = better_side(row, better), reason(row, better)
        if side is None:
            return f"This is open: {why}."
        winner, loser = (self.a, self.b) if side == "a" else (self.b, self.a)
        return f"{winner} is better than {loser}: {why}."


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
    difference = a[both] - b[both]
    mean = _mean(difference)
    remaining = SeedResamples([[*compress(column, both)] for column in seeds], len(difference))
    n_seeds_in_mean = remaining.n_seeds
    if remaining.n_varying < resamples.n_varying:  # one value of a crossed seed does not scatter
        n_seeds_in_mean = min(n_seeds_in_mean, 1)
    low, high = math.nan, math.nan
    if n_seeds_in_mean > 1:
        low, high = map(float, remaining.interval(mean, remaining.means(difference)))
    sign = 1.0 if numbers.metric.better == "lower" else -1.0
    better = np.where(a == b, 0.5, sign * a < sign * b)
    probability = _mean(better)
    ends = resamples.share_interval(better)
    seeds_to_settle = math.nan  # no one number, where several seeds are crossed
    if not resamples.is_crossed:
        seeds_to_settle = seeds_needed(mean, _deviation(_seed_means(difference, remaining)))
    if len(difference) < len(a):  # the verdict then takes the probability, too
        seeds_to_settle = _seeds_for_both(seeds_to_settle, sign * mean, better, resamples)
    return {
        "n_pairs": len(a),
        "n_seeds": resamples.n_seeds,
        "n_left_out": int(failed.sum()),
        "n_diverged_a": int(diverged[places_a].sum()),
        "n_diverged_b": int(diverged[places_b].sum()),
        "n_in_mean": len(difference),
        "n_seeds_in_mean": n_seeds_in_mean,
        "mean_a": _mean(a[both]),
        "mean_b": _mean(b[both]),
        "mean_difference": mean,
        "ci95_low": low,
        "ci95_high": high,
        "probability_of_improvement": probability,
        "probability_low": ends[0],
        "probability_high": ends[1],
        "seeds_to_settle": seeds_to_settle,
    }


def _notes(pairs: Pairs, numbers: Measured, over_all: Mapping[str, float]) -> Iterator[str]:
    """Yield sentences on what was compared, and what counts how."""
    if pairs.differences:
        yield f"The trials of a pair also differ: {pairs.differences}."
    if numbers.over_baseline:
        yield "Losses are divided by their baselines, since the problems of the trials differ."
    if n_infinite := int(over_all["n_pairs"] - over_all["n_in_mean"]):
        n_pairs, n_seeds = int(over_all["n_in_mean"]), int(over_all["n_seeds_in_mean"])
        yield (
            f"Pairs with a trial that diverged or has no number: {n_infinite:,}. It counts as the "
            "worst in the probability of improvement. The means and the interval of their "
            f"difference are over the other pairs: {n_pairs:,}, of {n_seeds:,} "
            f"seed{'s' * (n_seeds != 1)}."
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


def _seed_means(values: Floats, resamples: SeedResamples) -> Floats:
    """Return the mean of the values of each seed."""
    return means(values, resamples.unit, resamples.weights.shape[1])


def _deviation(values: Floats) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def _seeds_for_both(of_mean: float, mean: float, better: Floats, resamples: SeedResamples) -> float:
    """Return how many seeds show the mean difference and the probability of improvement as well.

    It is infinite where the two disagree on which side is better.

    Parameters
    ----------
    of_mean : float
        How many show the mean difference; NaN if unknown.
    mean : float
        The mean difference, negative where a is better.
    better : (n_pairs,) array
        1 where a is better, 0.5 for a tie.
    """
    advantage = _mean(better) - 0.5
    if math.isnan(of_mean):
        return math.nan
    if advantage * mean >= 0:
        return math.inf
    by_seed = _seed_means(better, resamples)
    # Pairs that all agree scatter, too: at least as those of two equal sides would.
    least = 0.5 / math.sqrt(len(better) / len(by_seed))
    return max(of_mean, seeds_needed(advantage, max(_deviation(by_seed), least)))
