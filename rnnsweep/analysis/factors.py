"""The factors of a sweep: settings that vary independently of each other.

Settings whose values determine each other, as in a [[zip]], are one factor, since no analysis can
take them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Codes

from .outcomes import Outcomes, codes_of

# A grid with more than this many combinations a trial is broken, whatever is left out.
_SPARSEST = 4
# Settings that are tied with more values than this were drawn at random, and are no [[zip]].
MOST_TIED = 24


@dataclass(frozen=True)
class Factor:
    """One setting, or several that are tied.

    Attributes
    ----------
    settings : tuple of str
    codes : (n_trials,) array of int
        The level of each trial, from 0 on.
    n_levels : int
        At least two.
    """

    settings: tuple[str, ...]
    codes: Codes
    n_levels: int

    @property
    def name(self) -> str:
        """The name of the setting, or the names joined: "hidden_size + learning_rate"."""
        return " + ".join(self.settings)

    @property
    def is_drawn(self) -> bool:
        """Whether these are random draws, each of which determines the value of all settings."""
        return len(self.settings) > 1 and self.n_levels > MOST_TIED


def factors_of(outcomes: Outcomes, swept: Sequence[str]) -> list[Factor]:
    """Return the factors of these trials, in the order of `swept`.

    Settings that have the same value in all trials are left out.
    """
    factors: list[Factor] = []
    for name in swept:
        factor = _factor((name,), [outcomes.settings[name]], len(outcomes))
        if factor.n_levels < 2:
            continue
        # A new setting may tie several factors that were not tied before.
        tied = [other for other in factors if _are_tied(factor, other)]
        if tied:
            settings = (*(setting for other in tied for setting in other.settings), name)
            columns = [other.codes.tolist() for other in (*tied, factor)]
            factor = _factor(settings, columns, len(outcomes))
            factors[factors.index(tied[0])] = factor
            factors = [other for other in factors if other not in tied]
        else:
            factors.append(factor)
    return factors


def _factor(settings: tuple[str, ...], columns: Sequence[Sequence[object]], n: int) -> Factor:
    codes = codes_of(columns, n)
    return Factor(settings, codes, int(codes.max(initial=-1)) + 1)


def _are_tied(one: Factor, other: Factor) -> bool:
    """Return whether the level of one factor determines that of the other."""
    together = len(np.unique(one.codes * other.n_levels + other.codes))
    return together == max(one.n_levels, other.n_levels)


class FullGrid(NamedTuple):
    """The places of trials that have each combination of levels once.

    Attributes
    ----------
    trials : (levels of factor 0, levels of factor 1, ..., levels of seed 0, ...) array of int
        The place of the trial that has these levels and seeds.
    left_out : tuple of (str, int, int) or None
        The name of a seed of which values are left out, since trials with them are missing; how
        many; and of how many.
    """

    trials: Codes
    left_out: tuple[str, int, int] | None = None


def full_grid(factors: Sequence[Factor], seeds: Sequence[Factor]) -> FullGrid | None:
    """Return the trials of all combinations of the factors' levels.

    Where a trial is missing, the values of a seed for which it is are left out for all
    combinations, if two or more of its values remain.

    Parameters
    ----------
    factors, seeds : sequences of Factor
        Of the same trials, no two of which have the same levels and the same seeds.

    Returns
    -------
    FullGrid or None
        None where combinations are missing.
    """
    axes = [*factors, *seeds]
    n_trials = len(factors[0].codes)
    shape = [axis.n_levels for axis in axes]
    if math.prod(shape) > _SPARSEST * n_trials:
        return None
    trials = np.full(shape, -1)
    trials[tuple(axis.codes for axis in axes)] = np.arange(n_trials)
    present = trials >= 0
    if np.count_nonzero(present) < n_trials:
        raise ValueError(
            "trials with the same settings and seeds: a seed is not among the settings"
        )
    if present.all():
        return FullGrid(trials)
    complete = [
        present.all(axis=tuple(other for other in range(len(axes)) if other != place))
        for place in range(len(factors), len(axes))
    ]
    remaining = [whole.mean() if whole.sum() > 1 else 0.0 for whole in complete]
    if not any(remaining):
        return None
    best = int(np.argmax(remaining))
    left_out = (seeds[best].name, int((~complete[best]).sum()), seeds[best].n_levels)
    return FullGrid(np.compress(complete[best], trials, axis=len(factors) + best), left_out)
