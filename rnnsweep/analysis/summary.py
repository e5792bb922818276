"""What the seeds of a setting say together: the summary of how a sweep's trials ended."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.store.rank import of_the_problem

from .grouped import counts, deviations, means, medians, ranks
from .intervals import mean_intervals
from .outcomes import Outcomes, codes_of
from .ranking import ranking

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
    "median_test_loss",
    "test_baseline",
    "rank",
)
# Further ones where a trial has a success criterion: n_solved after n_failed, the other after
# median.
OF_SUCCESS = ("n_solved", "median_updates_to_success")


class Summary(NamedTuple):
    """A row a setting, the best first.

    Attributes
    ----------
    settings : dict of list
        The settings that were told apart, by name.
    statistics : dict of array
        `STATISTICS` by name, and `OF_SUCCESS` where a trial seeks it; NaN where there is none.
    over_baseline : bool
        Whether ranks are those of losses over their baselines.
    """

    settings: dict[str, list[Any]]
    statistics: dict[str, NDArray[Any]]
    over_baseline: bool

    @property
    def heading(self) -> list[str]:
        """The columns of the table."""
        return [*self.settings, *self.statistics]

    def rows(self) -> Iterator[Sequence[Any]]:
        """Yield the rows of the table; None is an empty cell."""
        statistics = (
            [value if math.isfinite(value) else None for value in column.tolist()]
            for column in self.statistics.values()
        )
        return zip(*self.settings.values(), *statistics, strict=True)


def summarise(outcomes: Outcomes, by: Sequence[str], success: bool) -> Summary:
    """Summarise `best_val_loss` for each setting, the best setting first.

    Mean, std (ddof 1), the 95 % interval of the mean (`mean_intervals`), the median and that of
    `test_loss` are over the trials that neither diverged nor failed; `n_complete` counts those,
    solved and stopped ones too. The rank goes by another median, in which a diverged trial counts
    as infinite, and failed ones not at all; where the problems differ it is that of the losses
    over their baselines (`ranking`). Equal ranks stand in the order of trials. `test_baseline` is
    the median over the trials of a row that did not fail, NaN where their problems differ, and
    their baselines with them.

    Parameters
    ----------
    outcomes : Outcomes
    by : sequence of str
        Its settings to tell apart; trials that agree in them are taken together. None at all
        gives one row for all trials.
    success : bool
        Whether a trial has a success criterion: then there is the median of
        `updates_to_success` over the trials that did not fail, one that was not solved counting
        as infinite, so it is NaN unless more than half were solved.
    """
    group = codes_of([outcomes.settings[name] for name in by], len(outcomes))
    codes, first = np.unique(group, return_index=True)
    n = len(codes)
    diverged, failed = outcomes.have("diverged"), outcomes.have("failed")
    lost = diverged | failed
    loss = np.where(lost, np.nan, outcomes.numbers["best_val_loss"])
    scores, over_baseline = ranking(outcomes)

    mean, std = means(loss, group, n), deviations(loss, group, n)
    low, high = mean_intervals(mean, std, counts(loss, group, n))
    found: dict[str, NDArray[Any]] = {
        "n": np.bincount(group, minlength=n),
        "n_complete": np.bincount(group[~lost], minlength=n),
        "n_diverged": np.bincount(group[diverged], minlength=n),
        "n_failed": np.bincount(group[failed], minlength=n),
    }
    if success:
        found["n_solved"] = np.bincount(group[outcomes.have("solved")], minlength=n)
    found |= {"mean": mean, "std": std, "ci95_low": low, "ci95_high": high}
    found["median"] = medians(loss, group, n)
    if success:
        updates = outcomes.numbers["updates_to_success"]
        found["median_updates_to_success"] = _medians_with_gaps(updates, ~failed, group, n)
    test_loss = outcomes.numbers["test_loss"]
    found["median_test_loss"] = _medians_with_gaps(test_loss, ~lost, group, n)
    found["test_baseline"] = _test_baselines(outcomes, group, n)
    found["rank"] = ranks(medians(scores, group, n))
    order = np.argsort(found["rank"], kind="stable")
    told = {name: [outcomes.settings[name][place] for place in first[order]] for name in by}
    return Summary(told, {name: it[order] for name, it in found.items()}, over_baseline)


def _medians_with_gaps(
    numbers: NDArray[np.float64], of: NDArray[np.bool_], group: NDArray[np.intp], n: int
) -> NDArray[np.float64]:
    """Return the medians over the trials in `of`, a missing number counting as infinite.

    They are NaN where that makes them infinite.
    """
    counted = np.where(of, np.where(np.isnan(numbers), np.inf, numbers), np.nan)
    found = medians(counted, group, n)
    return np.where(np.isinf(found), np.nan, found)


def _test_baselines(outcomes: Outcomes, group: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """Return the median of `test_baseline` over the trials of each group that did not fail.

    It is NaN where their problems differ and the baselines with them.
    """
    counts = ~outcomes.have("failed")
    baselines = np.where(counts, outcomes.numbers["test_baseline"], np.nan)
    problems = [outcomes.settings[name] for name in of_the_problem(outcomes.settings)]
    differ = np.ones(n, np.bool_)
    for columns in (problems, [np.nan_to_num(baselines, nan=-1.0).tolist()]):
        codes = codes_of(columns, len(outcomes))
        pairs = np.unique(np.stack([group[counts], codes[counts]]), axis=1)
        differ &= np.bincount(pairs[0], minlength=n) > 1
    return np.where(differ, np.nan, medians(baselines, group, n))
