"""How much each setting of a sweep matters: shares of the variance of the trials' losses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.vocabulary import SEEDS

from .factors import Factor, FullGrid, factors_of, full_grid
from .outcomes import Outcomes, codes_of
from .parts_of_variance import Part, check_measure, measured
from .ranking import ranking_of
from .variance import Decomposition, decompose


@dataclass(frozen=True)
class Importance:
    """The shares of the variance of a sweep's losses, which add up to 1.

    Attributes
    ----------
    parts : tuple of Part
        Settings by share, pairs by share, the higher orders together, the noise of the seeds.
    measure : str
        One of `MEASURES`.
    method : str
        "anova" is exact, "fanova" an estimate by a random forest.
    n_trials : int
        Trials that are in it, among them those that diverged.
    n_diverged, n_failed : int
        Trials that diverged, and count as the worst; trials that failed, and are left out.
    note : str
        What was done, and what it may be used for.
    """

    parts: tuple[Part, ...]
    measure: str
    method: str
    n_trials: int
    n_diverged: int
    n_failed: int
    note: str


def importance_of(outcomes: Outcomes, swept: Sequence[str], measure: str = "rank") -> Importance:
    """Return how much each setting matters.

    Parameters
    ----------
    outcomes : Outcomes
        Of the trials that ended, with their seeds among the settings.
    swept : sequence of str
        Names of the settings that vary, without the seed.
    measure : str
        One of `MEASURES`.

    Raises
    ------
    SweepError
        If there is no such measure, or nothing that could be compared.
    """
    check_measure(measure)
    scores = ranking_of(outcomes).scores
    has_score = np.flatnonzero(~np.isnan(scores))
    n_failed = len(outcomes) - len(has_score)
    scores, trials = scores[has_score], outcomes.take(has_score)
    factors = factors_of(trials, swept)
    _check(scores, factors, swept)
    seeds = [trials.settings[name] for name in SEEDS if name in trials.settings]
    grid = full_grid(measured(scores, measure), factors, codes_of(seeds, len(trials)))
    if grid is None:
        raise SweepError("not every combination of the settings has a result")
    parts = _parts(decompose(grid.values), factors)
    n_diverged = int(np.isinf(scores).sum())
    return Importance(parts, measure, "anova", len(scores), n_diverged, n_failed, _note(grid))


def _check(scores: Floats, factors: Sequence[Factor], swept: Sequence[str]) -> None:
    """Raise an error if these trials say nothing about any setting."""
    reason = ""
    if not swept:
        reason = "the sweep varies no setting"
    elif not len(scores):
        reason = "no trial has a loss yet"
    elif np.isinf(scores).all():
        reason = f"all {len(scores):,} trials diverged"
    elif not factors:
        reason = "no setting has two values among the trials that ended"
    elif (scores == scores[0]).all():
        reason = f"all {len(scores):,} trials have the same loss"
    if reason:
        raise SweepError(f"no importance of settings: {reason}")


def _parts(decomposition: Decomposition, factors: Sequence[Factor]) -> tuple[Part, ...]:
    """Return the parts: settings by share, then pairs by share, then the others."""
    kinds = ("higher orders", "setting", "pair")
    effects = [(kinds[len(effect.factors)], effect) for effect in decomposition.effects]
    effects.sort(
        key=lambda item: (("setting", "pair", "higher orders").index(item[0]), -item[1].share)
    )
    if decomposition.noise:
        effects.append(("seed", decomposition.noise))
    return tuple(
        Part(
            tuple(factors[place].name for place in effect.factors),
            kind, effect.share, effect.low, effect.high, effect.df, effect.sum_sq,
        )
        for kind, effect in effects
    )  # fmt: skip


def _note(grid: FullGrid) -> str:
    n_seeds = grid.values.shape[-1]
    return f"exact analysis of variance over {n_seeds} seeds" if n_seeds > 1 else "one seed"
