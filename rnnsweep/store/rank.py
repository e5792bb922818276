"""How trials are ranked: the one rule behind the summary, the best trial, the plan and the plots.

A trial's score is its best validation loss. Losses on different problems, or of different loss
functions, do not compare. Where a sweep varies these, each trial's loss is divided by its baseline,
the loss of the best trivial predictor on the same validation part. That needs a baseline above 0
for every trial with a loss; where one has none, the losses themselves are compared. A trial that
diverged counts as infinite, and a trial that failed is not ranked.
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnnsweep.array_types import Flags, Floats

Numbers = Floats | Sequence[float | None]

# The order of `Ranking.best` in SQL, where losses are not divided by baselines: SQLite finds the
# first of 100,000 trials in 0.2 s, a quarter of the time that reading them all takes.
BEST_FIRST = "status = 'diverged', best_val_loss, position"

_LOSS_SETTINGS = ("loss", "huber_delta")
# These settings of a task say how many sequences are drawn from the same problem.
_SIZES = ("task_n_train", "task_n_val", "task_n_test", "task_fresh")


def problem_settings(names: Iterable[str]) -> list[str]:
    """Return those of these settings that make two losses incomparable where they differ."""
    return [
        name
        for name in names
        if name == "task"
        or name in _LOSS_SETTINGS
        or (name.startswith("task_") and name not in _SIZES)
    ]


def problem_of(settings: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return a text that is equal for trials whose losses compare.

    Parameters
    ----------
    settings : mapping
        All settings of a trial.
    names : iterable of str
        The swept settings that `problem_settings` selects.
    """
    return json.dumps([settings.get(name) for name in names])


def is_usable(baseline: float | None) -> bool:
    """Return whether a loss can be divided by this baseline."""
    return baseline is not None and baseline > 0


class Ranking(NamedTuple):
    """What trials are ranked by.

    Attributes
    ----------
    losses : (n_trials,) array
        Best validation losses in `units`; NaN for a trial that failed or has no loss.
    diverged : (n_trials,) array of bool
    units : (n_trials,) array
        What each trial's losses are divided by: its baseline, or 1.
    over_baseline : bool
        Whether the units are the baselines.
    """

    losses: Floats
    diverged: Flags
    units: Floats
    over_baseline: bool

    @property
    def scores(self) -> Floats:
        """The lower the better: the losses, but infinite for every trial that diverged."""
        return np.where(self.diverged, np.inf, self.losses)

    def best(self) -> int | None:
        """Return the place of the best trial; None where no trial has a loss.

        Trials that diverged come after all others, and are ordered by their losses among
        themselves. The first of equal trials is the best.
        """
        if np.isnan(self.losses).all():
            return None
        # A stable sort: by divergence, then by loss, NaN last, then by place.
        return int(np.lexsort((self.losses, self.diverged, np.isnan(self.losses)))[0])


def rank(
    statuses: Sequence[str],
    losses: Numbers,
    baselines: Numbers,
    problems: Sequence[Hashable],
) -> Ranking:
    """Return what these trials are ranked by.

    Parameters
    ----------
    statuses : sequence of str
    losses : (n_trials,) array or sequence
        Best validation losses; NaN or None for a trial without one.
    baselines : (n_trials,) array or sequence
        Validation losses of the best trivial predictors; NaN or None for a trial without one.
    problems : sequence
        Equal values for trials whose losses compare.
    """
    has_loss = ~np.isnan(np.array(losses, np.float64)) & ~_are(statuses, "failed")
    differ = len({problems[place] for place in np.flatnonzero(has_loss).tolist()}) > 1
    usable = np.array(baselines, np.float64)[has_loss] > 0
    over_baseline = differ and bool(usable.all())
    return rank_in(statuses, losses, baselines, over_baseline)


def bests(
    statuses: Sequence[str],
    losses: Numbers,
    baselines: Numbers,
    problems: Sequence[Hashable],
    is_part: bool,
) -> list[tuple[int, bool]]:
    """Return which trials are the best: one at most, but of a part of a sweep perhaps two.

    Of a part these are all that may be the best of the whole sweep. Whether losses over baselines
    are compared is known of all trials of the sweep alone: it is not so where a trial with a loss
    has no usable baseline. Each trial is its place, and whether losses over baselines were
    compared. The parameters are those of `rank`; `is_part` says whether the trials are a part of a
    sweep that varies the problem.
    """
    rankings = [rank(statuses, losses, baselines, problems)]
    if is_part:
        has_loss = ~np.isnan(np.array(losses, np.float64)) & ~_are(statuses, "failed")
        usable = np.array(baselines, np.float64)[has_loss] > 0
        rules = [False, True] if usable.all() else [False]
        rankings = [rank_in(statuses, losses, baselines, rule) for rule in rules]
    places = [(ranking.best(), ranking.over_baseline) for ranking in rankings]
    return [(place, over_baseline) for place, over_baseline in places if place is not None]


def rank_in(
    statuses: Sequence[str], losses: Numbers, baselines: Numbers, over_baseline: bool
) -> Ranking:
    """Return what trials are ranked by, where it is known whether losses are over baselines.

    The parameters are those of `rank`.
    """
    ranked = np.where(_are(statuses, "failed"), np.nan, np.array(losses, np.float64))
    units = np.ones(len(ranked))
    if over_baseline:  # a trial without a loss may have no baseline
        units = np.array(baselines, np.float64)
        units = np.where(units > 0, units, 1.0)
    with np.errstate(over="ignore"):  # a loss near the largest number there is
        ranked = ranked / units
    return Ranking(ranked, _are(statuses, "diverged"), units, over_baseline)


def _are(statuses: Sequence[str], status: str) -> Flags:
    return np.fromiter((other == status for other in statuses), np.bool_, len(statuses))
