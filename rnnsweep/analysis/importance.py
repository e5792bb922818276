"""How much each setting of a sweep matters: shares of the variance of the trials' losses.

On a full grid the analysis of variance is exact (`variance`). Otherwise a random forest gives an
estimate (`forest`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.store.rank import problem_settings
from rnnsweep.vocabulary import SEEDS

from .estimated_importance import estimated_parts
from .factors import Factor, factors_of, full_grid
from .importance_notes import (
    note_on_pending,
    notes_on_grid,
    notes_on_problems,
    notes_on_trials,
    why_missing,
    why_not_exact,
)
from .outcomes import Outcomes
from .parts_of_variance import Part, check_measure, measured
from .ranking import ranking_of
from .seed_variance import INTERACTIONS
from .variance import decompose

_KINDS = ("setting", "pair", "higher orders", "seed", INTERACTIONS)  # in the order of the parts


@dataclass(frozen=True)
class Importance:
    """The shares of the variance of a sweep's losses, which add up to 1.

    Attributes
    ----------
    parts : tuple of Part
        Settings by share, pairs by share, the higher orders together, the noise of the seeds. Where
        there are corrected shares, they add up to 1, too.
    measure : str
        One of `MEASURES`.
    method : str
        "anova" is exact, "fanova" an estimate by a random forest.
    n_trials : int
        Trials that are in it, among them those that diverged.
    n_diverged, n_failed, n_pending : int
        Trials that diverged, and count as the worst; trials that failed, and those that have not
        ended, which are left out.
    note : str
        Sentences on what was done, and what it may be used for.
    """

    parts: tuple[Part, ...]
    measure: str
    method: str
    n_trials: int
    n_diverged: int
    n_failed: int
    n_pending: int
    note: str


def importance_of(
    outcomes: Outcomes,
    swept: Sequence[str],
    measure: str = "rank",
    estimate: bool = True,
    n_pending: int = 0,
) -> Importance:
    """Return how much each setting matters.

    Parameters
    ----------
    outcomes : Outcomes
        Of the trials that ended, with their seeds among the settings.
    swept : sequence of str
        Names of the settings that vary, without the seeds.
    measure : str
        One of `MEASURES`.
    estimate : bool
        Whether a random forest may estimate what cannot be computed exactly, which takes some
        seconds and needs scikit-learn.
    n_pending : int
        The trials of the sweep that have not ended.

    Raises
    ------
    SweepError
        If there is no such measure, nothing that could be compared, or no exact answer and no
        estimate.
    """
    check_measure(measure)
    try:
        return _importance_of(outcomes, swept, measure, estimate, n_pending)
    except SweepError as error:
        missing = why_missing(len(outcomes) + n_pending, n_pending, outcomes.have("failed").sum())
        raise SweepError("; ".join([str(error), *missing])) from None


def _importance_of(
    outcomes: Outcomes, swept: Sequence[str], measure: str, estimate: bool, n_pending: int
) -> Importance:
    ranking = ranking_of(outcomes)
    has_score = np.flatnonzero(~np.isnan(ranking.scores))
    scores = ranking.scores[has_score]
    trials = outcomes if len(scores) == len(outcomes) else outcomes.take(has_score)
    factors = factors_of(trials, swept)
    seeds = factors_of(trials, [name for name in SEEDS if name in trials.settings])
    _check(scores, swept, factors, seeds)
    is_drawn = any(factor.is_drawn for factor in factors)
    grid = None if is_drawn else full_grid(factors, seeds)
    if grid is not None:
        scores = scores[grid.trials.ravel()]
    values = measured(scores, measure)
    if np.ptp(values) == 0:
        raise SweepError(f"no importance of settings: {len(scores):,} trials count as equal")
    if grid is not None:
        parts = _exact_parts(values.reshape(grid.trials.shape), factors, seeds)
        notes = notes_on_grid(grid, len(factors))
    else:
        reason = why_not_exact(is_drawn, factors, seeds)
        if not estimate:
            raise SweepError(
                f"no exact importance of settings: {reason}; `summary --explain` estimates it"
            )
        try:
            parts, notes = estimated_parts(trials, values, factors)
        except SweepError as error:
            raise SweepError(f"no exact importance of settings: {reason}; {error}") from None
        notes = [f"An estimate, since {reason}", *notes]
    if n_pending:
        notes.insert(0, note_on_pending(n_pending, len(outcomes) + n_pending))
    n_failed = len(outcomes) - len(has_score)
    differ = [name for name in problem_settings(swept) if len({*trials.settings[name]}) > 1]
    notes += notes_on_problems(differ, ranking.over_baseline)
    notes += notes_on_trials(scores, measure, n_failed)
    return Importance(
        parts=tuple(sorted(parts, key=lambda part: (_KINDS.index(part.kind), -part.share))),
        measure=measure,
        method="fanova" if grid is None else "anova",
        n_trials=len(scores),
        n_diverged=int(np.isinf(scores).sum()),
        n_failed=n_failed,
        n_pending=n_pending,
        note=" ".join(f"{note}." for note in notes),
    )


def _check(
    scores: Floats, swept: Sequence[str], factors: Sequence[Factor], seeds: Sequence[Factor]
) -> None:
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
    elif len(factors) == 1 and not seeds and not factors[0].is_drawn:
        reason = (
            f"{factors[0].name} is all that varies, so that its share is 1; with several seeds it "
            "compares with their noise"
        )
    if reason:
        raise SweepError(f"no importance of settings: {reason}")


def _exact_parts(values: Floats, factors: Sequence[Factor], seeds: Sequence[Factor]) -> list[Part]:
    """Return the parts of a full grid (levels of each factor, then of each seed)."""
    effects, noise = decompose(values, len(factors))
    kinds = {1: "setting", 2: "pair", 0: "higher orders"}
    heads = [
        (tuple(factors[place].name for place in effect.factors), kinds[len(effect.factors)])
        for effect in effects
    ]
    for effect in noise:
        names = tuple(seeds[place].name for place in effect.factors)
        heads.append(
            ((), "seed") if len(noise) == 1 else (names, "seed" if names else INTERACTIONS)
        )
    return [
        Part(*head, part.share, part.corrected, part.low, part.high, part.df, part.sum_sq)
        for head, part in zip(heads, (*effects, *noise), strict=True)
    ]
