"""The summary of a sweep: statistics of the trials of each setting, which differ in their seeds."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.store.rank import problem_settings

from .bootstrap import seed_columns
from .factors import factors_of
from .grouped import deviations, interquartile_means, means, medians, ranks
from .intervals import mean_intervals
from .outcomes import Outcomes, codes_of
from .ranking import ranking_of
from .standard_errors import standard_errors
from .trial_metrics import measured, trial_metric

STATISTICS = (
    "n",
    "n_complete",
    "n_diverged",
    "n_failed",
    "mean",
    "std",
    "ci95_low",
    "ci95_high",
    "median",
    "iqm",
    "median_test_loss",
    "test_baseline",
    "rank",
)
# Further statistics where a trial has a success criterion: n_solved comes after n_failed, the other
# one after iqm.
SUCCESS_STATISTICS = ("n_solved", "median_updates_to_success")
DEFAULT_METRIC = "best_val_loss"
NO_SEEDS = "no seeds"


class Summary(NamedTuple):
    """A table with one row for each combination of settings, the best first.

    Attributes
    ----------
    settings : dict of list
        The columns of settings by name.
    statistics : dict of array
        The columns `STATISTICS` by name, and `SUCCESS_STATISTICS` where a trial has a success
        criterion; NaN where there is no number.
    over_baseline : bool
        Whether the ranks are those of losses over their baselines.
    metric : str
        The number of a trial that the statistics and ranks are of.
    crossed : tuple of str
        The seeds that vary, if there are several: the intervals count them, and not the trials.
    over : str
        What the intervals of the mean are over, as "3 seeds" or "2 to 3 seeds"; `NO_SEEDS` where
        no row has two.
    """

    settings: dict[str, list[Any]]
    statistics: dict[str, NDArray[Any]]
    over_baseline: bool
    metric: str = DEFAULT_METRIC
    crossed: tuple[str, ...] = ()
    over: str = NO_SEEDS

    @property
    def heading(self) -> list[str]:
        """The names of the columns."""
        return [*self.settings, *self.statistics]

    def rows(self) -> Iterator[Sequence[Any]]:
        """Yield the rows of the table; None is an empty cell."""
        statistics = (
            [value if math.isfinite(value) else None for value in column.tolist()]
            for column in self.statistics.values()
        )
        return zip(*self.settings.values(), *statistics, strict=True)


def summarise(
    outcomes: Outcomes, by: Sequence[str], success: bool, metric: str = DEFAULT_METRIC
) -> Summary:
    """Return statistics of a number of the trials for each combination of settings, the best first.

    Mean, std (ddof 1), the 95 % interval of the mean (`mean_intervals`), the median, and the median
    of `test_loss` are over the trials that neither diverged nor failed. The interval is over the
    seeds of these trials (`standard_errors`), also where a row has trials of several settings.
    `n_complete` counts these trials, among them those that were solved or stopped early. In the
    interquartile mean, `iqm`, a trial that diverged counts as infinite: it is NaN where more than a
    quarter of them diverged.
    The rank is that of the median of the scores (`ranking_of`, and `measured` for another number
    than `best_val_loss`): there, too, a trial that diverged counts as infinite, so that a setting
    under which most trials diverge is not ranked by the others. Rows of equal rank are in the order
    of trials. `test_baseline` is the median over the trials of a row that did not fail; it is NaN
    where these have different problems and different baselines.

    Parameters
    ----------
    outcomes : Outcomes
        With the seeds among the settings: trials without any share one seed, and rows no interval.
    by : sequence of str
        Names of settings in `outcomes`: trials that agree in them make one row. An empty sequence
        gives one row of all trials.
    success : bool
        Whether a trial has a success criterion. Then there is also the median of
        `updates_to_success` over the trials that did not fail. A trial that was not solved counts
        as infinite, so the median is NaN unless more than half of the trials were solved.
    metric : str
        The number: one of `TRIAL_METRICS`, which `outcomes` has to have with its baseline.

    Raises
    ------
    SweepError
        If no trial has that number.
    """
    group = codes_of([outcomes.settings[name] for name in by], len(outcomes))
    codes, first = np.unique(group, return_index=True)
    n = len(codes)
    diverged, failed = outcomes.have("diverged"), outcomes.have("failed")
    complete = ~(diverged | failed)
    values = np.where(complete, outcomes.numbers[metric], np.nan)
    scores, over_baseline = _scores(outcomes, metric)
    sign = 1.0 if trial_metric(metric).better == "lower" else -1.0

    mean, std = means(values, group, n), deviations(values, group, n)
    seeds = factors_of(outcomes, seed_columns(outcomes))
    se, freedom = standard_errors(values, group, n, [seed.codes for seed in seeds])
    low, high = _intervals(sign, mean, se, freedom)
    columns: dict[str, NDArray[Any]] = {
        "n": np.bincount(group, minlength=n),
        "n_complete": np.bincount(group[complete], minlength=n),
        "n_diverged": np.bincount(group[diverged], minlength=n),
        "n_failed": np.bincount(group[failed], minlength=n),
    }
    if success:
        columns["n_solved"] = np.bincount(group[outcomes.have("solved")], minlength=n)
    columns |= {"mean": mean, "std": std, "ci95_low": low, "ci95_high": high}
    columns["median"] = medians(values, group, n)
    worst = np.isposinf(scores)
    iqm = sign * interquartile_means(np.where(worst, np.inf, sign * values), group, n)
    columns["iqm"] = np.where(np.isinf(iqm), np.nan, iqm)
    if success:
        updates = outcomes.numbers["updates_to_success"]
        columns["median_updates_to_success"] = _medians_with_gaps(updates, ~failed, group, n)
    test_loss = outcomes.numbers["test_loss"]
    columns["median_test_loss"] = _medians_with_gaps(test_loss, complete, group, n)
    columns["test_baseline"] = _test_baselines(outcomes, group, n)
    columns["rank"] = ranks(medians(scores, group, n))
    order = np.argsort(columns["rank"], kind="stable")
    settings = {name: [outcomes.settings[name][place] for place in first[order]] for name in by}
    statistics = {name: column[order] for name, column in columns.items()}
    crossed = tuple(seed.name for seed in seeds) if len(seeds) > 1 else ()
    over = _over(crossed, freedom[~np.isnan(low)] + 1)
    return Summary(settings, statistics, over_baseline, metric, crossed, over)


def _over(crossed: Sequence[str], n_seeds: Codes) -> str:
    """Return what the intervals are over, from the numbers of seeds of those that there are."""
    if not len(n_seeds):
        return NO_SEEDS
    if crossed:
        return f"{', '.join(crossed[:-1])} and {crossed[-1]}"
    fewest, most = int(n_seeds.min()), int(n_seeds.max())
    return f"{f'{fewest:,} to ' * (fewest < most)}{most:,} seeds"


def _scores(outcomes: Outcomes, metric: str) -> tuple[Floats, bool]:
    """Return a score for each trial, the lower the better, and whether it is over the baseline.

    It is infinite for a trial that diverged, and NaN for one that is not ranked.
    """
    if metric == DEFAULT_METRIC:
        ranking = ranking_of(outcomes)
        return ranking.scores, ranking.over_baseline
    measure = measured(outcomes, metric)
    return measure.losses, measure.over_baseline


def _intervals(sign: float, mean: Floats, se: Floats, freedom: Codes) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % intervals of means.

    Where higher is better, which `sign` -1 says, these are shares, and the interval is that of the
    share of errors.
    """
    if sign > 0:
        return mean_intervals(mean, se, freedom)
    low, high = mean_intervals(1 - mean, se, freedom)
    return np.maximum(1 - high, 0.0), 1 - low


def _medians_with_gaps(numbers: Floats, chosen: Flags, group: Codes, n: int) -> Floats:
    """Return the medians over the chosen trials; a missing number counts as infinite.

    A median that is infinite for that reason is NaN.
    """
    counted = np.where(chosen, np.where(np.isnan(numbers), np.inf, numbers), np.nan)
    median = medians(counted, group, n)
    return np.where(np.isinf(median), np.nan, median)


def _test_baselines(outcomes: Outcomes, group: Codes, n: int) -> Floats:
    """Return the median of `test_baseline` over the trials of each group that did not fail.

    It is NaN where these have different problems and different baselines.
    """
    counted = ~outcomes.have("failed")
    baselines = np.where(counted, outcomes.numbers["test_baseline"], np.nan)
    problems = [outcomes.settings[name] for name in problem_settings(outcomes.settings)]
    differ = np.ones(n, np.bool_)
    for columns in (problems, [np.nan_to_num(baselines, nan=-1.0).tolist()]):
        codes = codes_of(columns, len(outcomes))
        pairs = np.unique(np.stack([group[counted], codes[counted]]), axis=1)
        differ &= np.bincount(pairs[0], minlength=n) > 1
    return np.where(differ, np.nan, medians(baselines, group, n))
