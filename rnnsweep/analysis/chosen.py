"""The setting that is chosen, by its validation loss, and what is reported of it: its test loss.

The lowest of many validation losses is lower than what the setting reaches on other data. So the
test part, which had no say in the choice, gives the number to report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Flags

from .against_baseline import AgainstBaseline, against_baseline
from .grouped import medians
from .outcomes import Outcomes, codes_of
from .setting_scores import SCORE, TEST, SettingScores, problems_in, setting_scores

STATISTICS = ("n", "n_diverged", "median_val_loss", "median_test_loss", "test_baseline")


@dataclass(frozen=True)
class Chosen:
    """The chosen setting of each problem, in the order of trials.

    Attributes
    ----------
    settings : dict of list
        The columns of the swept settings.
    statistics : dict of list
        The columns `STATISTICS`: numbers of the setting's trials, and medians over those that did
        not fail, with a diverged trial as infinite; NaN where there is no number.
    against : list of AgainstBaseline
        How each compares with the best trivial predictor on the test part.
    """

    settings: dict[str, list[Any]]
    statistics: dict[str, list[float]]
    against: list[AgainstBaseline]

    def __len__(self) -> int:
        return len(self.statistics["n"])

    @property
    def are_better(self) -> list[bool | None]:
        """Whether each beats the best trivial predictor on the test part; None if unknown."""
        return [each.is_better for each in self.against]


def chosen(outcomes: Outcomes, swept: Sequence[str]) -> Chosen:
    """Return the setting with the lowest median validation loss of each problem.

    A diverged trial counts as infinite; the first of equal settings is chosen. A problem on which
    every setting has an infinite median has none.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings and the seeds.
    swept : sequence of str

    Raises
    ------
    SweepError
        If no trial has a score yet.
    """
    scores = setting_scores(outcomes, swept)
    best = _best(scores, outcomes, swept)
    diverged = outcomes.have("diverged")
    sizes = (np.ones(len(outcomes), np.bool_), diverged)
    counts = [np.bincount(scores.group[members], minlength=len(scores)) for members in sizes]
    losses = [np.where(diverged, np.inf, outcomes.numbers[name]) for name in (SCORE, TEST)]
    middles = [
        medians(np.where(outcomes.have("failed"), np.nan, numbers), scores.group, len(scores))
        for numbers in (*losses, outcomes.numbers["test_baseline"])
    ]
    statistics = [column[best].tolist() for column in (*counts, *middles)]
    places = scores.first[best].tolist()
    settings = {name: [outcomes.settings[name][place] for place in places] for name in swept}
    against = [
        against_baseline(outcomes.take(np.flatnonzero(scores.group == setting)), "test")
        for setting in best.tolist()
    ]
    return Chosen(settings, dict(zip(STATISTICS, statistics, strict=True)), against)


def trials_of_chosen(outcomes: Outcomes, swept: Sequence[str]) -> Flags:
    """Return for each trial whether it is of the chosen setting of its problem, as in `chosen`."""
    scores = setting_scores(outcomes, swept)
    flags: Flags = np.isin(scores.group, _best(scores, outcomes, swept))
    return flags


def _best(scores: SettingScores, outcomes: Outcomes, swept: Sequence[str]) -> Codes:
    """Return the setting with the lowest score of each problem, where one is finite."""
    columns = [outcomes.settings[name] for name in problems_in(outcomes, swept)]
    problem = codes_of(columns, len(outcomes))[scores.first]
    finite = np.flatnonzero(np.isfinite(scores.scores))
    # Of each problem the first setting in the order of its scores.
    order = finite[np.lexsort((finite, scores.scores[finite], problem[finite]))]
    return order[np.unique(problem[order], return_index=True)[1]]
