"""Performance profiles: the share of trials, and of settings, that reach a loss.

It is the run-score distribution of Agarwal et al. 2021 (Deep reinforcement learning at the edge of
the statistical precipice, NeurIPS), of losses in place of scores. A profile that is
above another one everywhere is better, whatever loss is asked for; those that cross say for which
losses which is better. A trial that diverged reaches no loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.errors import SweepError

from .bootstrap import SeedResamples, seed_columns
from .grouped import medians
from .intervals import share_intervals
from .outcomes import Outcomes, codes_of
from .trial_metrics import Measured, measured

STATISTICS = ("threshold", "share", "ci95_low", "ci95_high", "share_of_settings")
_MOST_THRESHOLDS = 200


@dataclass(frozen=True)
class Profile:
    """The share of trials that reach each threshold, for each group of settings.

    Attributes
    ----------
    by : dict of list
        The columns of the settings that distinguish the groups.
    statistics : dict of array
        The columns `STATISTICS`, for each group over the same thresholds.
    measured : Measured
        The number of which a threshold is reached.
    n_failed : int
        How many trials are left out, since they failed or have no such number.
    """

    by: dict[str, list[Any]]
    statistics: dict[str, Floats]
    measured: Measured
    n_failed: int


def profile(outcomes: Outcomes, swept: Sequence[str], by: Sequence[str], metric: str) -> Profile:
    """Return the share of trials that reach each threshold.

    ``share`` is the share of trials, of all seeds, with its 95 % interval by resampling of seeds.
    ``share_of_settings`` is the share of settings whose median over the seeds reaches the
    threshold. The thresholds are the numbers of the trials; of more than 200 different ones so many
    with equally many trials between them.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings, those of `by`, and the seeds.
    swept : sequence of str
    by : sequence of str
        Settings that distinguish the groups; one group of all trials without any.
    metric : str
        One of `rnnsweep.analysis.trial_metrics.TRIAL_METRICS`.

    Raises
    ------
    SweepError
        If there is no such metric, or no trial has reached any number.
    """
    numbers = measured(outcomes, metric)
    scored = np.flatnonzero(~np.isnan(numbers.losses))
    trials, losses = outcomes.take(scored), numbers.losses[scored]
    thresholds = _thresholds(losses[np.isfinite(losses)])
    if not len(thresholds):
        why = "every trial diverged" if len(losses) else "none has ended, or all failed"
        raise SweepError(f"no trial has a number {metric} to reach: {why}")
    group = codes_of([trials.settings[name] for name in by], len(trials))
    _, first = np.unique(group, return_index=True)
    setting = codes_of([trials.settings[name] for name in (*by, *swept)], len(trials))
    tables = [
        _shares(
            losses[members],
            thresholds,
            setting[members],
            [[trials.settings[name][place] for place in members] for name in seed_columns(trials)],
        )
        for members in (np.flatnonzero(group == code) for code in range(len(first)))
    ]
    sign = 1.0 if numbers.metric.better == "lower" else -1.0
    columns = [np.tile(sign * thresholds, len(first)), *np.concatenate(tables, axis=1)]
    places = np.repeat(first, len(thresholds)).tolist()
    heads = {name: [trials.settings[name][place] for place in places] for name in by}
    n_failed = len(outcomes) - len(scored)
    return Profile(heads, dict(zip(STATISTICS, columns, strict=True)), numbers, n_failed)


def _thresholds(losses: Floats) -> Floats:
    """Return the thresholds of a table, from the lowest loss to the highest."""
    different = np.unique(losses)
    if len(different) <= _MOST_THRESHOLDS:
        return different
    places = np.linspace(0, len(losses) - 1, _MOST_THRESHOLDS).astype(np.intp)
    return np.unique(np.sort(losses)[places])


def _shares(
    losses: Floats, thresholds: Floats, setting: Codes, seeds: Sequence[Sequence[object]]
) -> Floats:
    """Return the columns (4, n_thresholds) of one group: `STATISTICS` after the first."""
    share = _reached(losses, thresholds)
    resamples = SeedResamples(seeds, len(losses))
    # The trials of each combination of seeds by the first threshold that they reach.
    counts = np.zeros((resamples.weights.shape[1], len(thresholds) + 1))
    np.add.at(counts, (resamples.unit, np.searchsorted(thresholds, losses)), 1.0)
    reached = np.cumsum(counts, axis=1)
    se = resamples.standard_error(resamples.ratios(reached[:, :-1], reached[:, -1:]))
    low, high = share_intervals(share, len(losses), se, resamples.t)
    _, codes = np.unique(setting, return_inverse=True)
    settings = medians(losses, codes, int(codes.max()) + 1)
    return np.stack([share, low, high, _reached(settings, thresholds)])


def _reached(losses: Floats, thresholds: Floats) -> Floats:
    """Return the share of losses that are at most each threshold."""
    share: Floats = np.searchsorted(np.sort(losses), thresholds, side="right") / len(losses)
    return share
