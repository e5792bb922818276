"""What a budget buys: the best of n settings that are drawn at random.

The numbers are those of a random search that tries n of the N settings of a sweep, without trying
one twice, and chooses the one with the lowest validation loss. No search is simulated: with the
settings in the order of their losses, the i-th is the best of n with probability C(N - i, n - 1) /
C(N, n). Dodge et al. 2019 (Show your work, EMNLP) draw with replacement, which is biased for n
close to N (Tang et al. 2020, Showing your work doesn't always work, ACL); without, n = N gives the
best setting itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.errors import SweepError

from .outcomes import Outcomes, codes_of
from .setting_scores import NO_FINITE_SCORE, problems_in, setting_scores

STATISTICS = (
    "n",
    "n_settings",
    "expected_val_loss",
    "low_val_loss",
    "median_val_loss",
    "high_val_loss",
    "expected_test_loss",
    "probability_all_diverged",
)
_QUANTILES = (0.25, 0.5, 0.75)
_ALL_UP_TO = 100  # of more settings only so many numbers n, in equal ratios


@dataclass(frozen=True)
class Budget:
    """What the best of n random settings reaches, for each group of settings and each n.

    Attributes
    ----------
    by : dict of list
        The columns of the settings that distinguish the groups.
    statistics : dict of list
        The columns `STATISTICS`.
    over_baseline : bool
        Whether losses are over baselines.
    """

    by: dict[str, list[Any]]
    statistics: dict[str, list[float]]
    over_baseline: bool


def budget(outcomes: Outcomes, swept: Sequence[str], by: Sequence[str]) -> Budget:
    """Return what the best of n random settings reaches.

    The loss of a setting is the median over its seeds, with a diverged trial as infinite.
    ``expected_val_loss`` and ``expected_test_loss`` are means over the draws of which a setting
    does not diverge; ``probability_all_diverged`` is the share of the others. The quartiles
    ``low_val_loss``, ``median_val_loss`` and ``high_val_loss`` are over all draws; they are
    infinite where a draw of diverged settings is among them. The test loss is that of the setting
    that was chosen by its validation loss.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings and those of `by`.
    swept : sequence of str
    by : sequence of str
        Settings that distinguish the groups, from each of which is drawn.

    Raises
    ------
    SweepError
        If no trial has a score yet, or a group has settings of different problems.
    """
    mixed = [name for name in problems_in(outcomes, swept) if name not in by]
    if mixed:
        raise SweepError(
            "the trials have different problems, and a setting is drawn for one of them: name "
            f"{', '.join(mixed)} in by"
        )
    distinguished = [*swept, *(name for name in by if name not in swept)]
    scores = setting_scores(outcomes, distinguished)
    if not np.isfinite(scores.scores).any():
        raise SweepError(NO_FINITE_SCORE)
    has_score = ~np.isnan(scores.scores)
    first = scores.first[has_score]
    columns = [[outcomes.settings[name][place] for place in first.tolist()] for name in by]
    group = codes_of(columns, len(first))
    rows: list[tuple[int, dict[str, float]]] = []
    for code in range(int(group.max()) + 1):
        members = np.flatnonzero(group == code)
        losses, test = scores.scores[has_score][members], scores.test[has_score][members]
        rows += [(int(members[0]), row) for row in _best_of_n(losses, test)]
    return Budget(
        {
            name: [column[place] for place, _ in rows]
            for name, column in zip(by, columns, strict=True)
        },
        {name: [row[name] for _, row in rows] for name in STATISTICS},
        scores.over_baseline,
    )


def _best_of_n(losses: Floats, test: Floats) -> Iterator[dict[str, float]]:
    """Yield the statistics of the best of n settings, for rising n."""
    order = np.argsort(losses, kind="stable")
    losses, test = losses[order], test[order]
    finite = np.isfinite(losses)
    for n in _numbers(len(losses)).tolist():
        weights = probabilities(len(losses), n)
        sure = weights[finite].sum()
        quartiles = losses[np.searchsorted(np.cumsum(weights), np.array(_QUANTILES) - 1e-12)]
        expected, expected_test = np.full(2, np.nan)
        if sure > 0:
            expected = (weights[finite] * losses[finite]).sum() / sure
            possible = finite & (weights > 0)  # a test loss may be infinite
            expected_test = (weights[possible] * test[possible]).sum() / sure
        row = (n, len(losses), expected, *quartiles, expected_test, weights[~finite].sum())
        yield dict(zip(STATISTICS, map(float, row), strict=True))


def probabilities(n_settings: int, n: int) -> Floats:
    """Return how probable it is that each setting is the best of `n`, of those in order.

    Returns
    -------
    (n_settings,) array
        ``C(n_settings - i, n - 1) / C(n_settings, n)`` for i from 1 on; the sum is 1.
    """
    # The first is the best if it is drawn: n / N. Each later one: the ratio of the coefficients.
    i = np.arange(1, n_settings)
    ratios = np.maximum(n_settings - i - n + 1, 0) / (n_settings - i)
    weights: Floats = n / n_settings * np.cumprod([1.0, *ratios])
    return weights


def _numbers(n_settings: int) -> Codes:
    """Return the numbers n of a table."""
    if n_settings <= _ALL_UP_TO:
        return np.arange(1, n_settings + 1)
    return np.unique(np.round(np.geomspace(1, n_settings, _ALL_UP_TO)).astype(np.intp))
