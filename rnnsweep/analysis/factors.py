"""The factors of a sweep: settings that vary independently of each other.

Settings whose values determine each other, as in a [[zip]], are one factor, since no analysis can
take them apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Codes, Floats

from .outcomes import Outcomes, codes_of


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
    """A value for each combination of the factors' levels and each seed.

    Attributes
    ----------
    values : (levels of factor 0, levels of factor 1, ..., n_seeds) array
    n_left_out : int
        How many seeds are left out, since some combinations do not have them.
    """

    values: Floats
    n_left_out: int


def full_grid(values: Floats, factors: Sequence[Factor], seeds: Codes) -> FullGrid | None:
    """Return the values of all combinations of the factors' levels.

    Where a trial is missing, its seed is left out for all combinations, if there are at least two
    seeds without it.

    Parameters
    ----------
    values : (n_trials,) array
    factors : sequence of Factor
    seeds : (n_trials,) array of int
        A code for the seed of each trial, from 0 on.

    Returns
    -------
    FullGrid or None
        None where combinations are missing.
    """
    levels = [factor.n_levels for factor in factors]
    n_cells, n_seeds = math.prod(levels), int(seeds.max()) + 1
    if n_cells > len(values):
        return None
    cells = np.ravel_multi_index([factor.codes for factor in factors], levels)
    trials_of_seed = np.bincount(seeds, minlength=n_seeds)
    # No two trials have the same settings and the same seed.
    complete = trials_of_seed == n_cells
    if not complete.any() or (complete.sum() == 1 < n_seeds):
        return None
    places = np.cumsum(complete) - 1
    counted = complete[seeds]
    table = np.empty((n_cells, int(complete.sum())))
    table[cells[counted], places[seeds[counted]]] = values[counted]
    return FullGrid(table.reshape(*levels, -1), int((~complete).sum()))
