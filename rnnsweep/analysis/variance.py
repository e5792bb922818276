"""The analysis of variance of a full grid: how much each factor and each pair of factors matters.

Every cell of the grid, a combination of the factors' levels, has a value for each seed. The values
of a seed are split into effects as usual (Montgomery 2017, Design and Analysis of Experiments,
section 5.4): the mean, an effect for each level of a factor, one for each pair of levels, and what
the orders above two add. The sums of squares are exact, and add up to that of all values.

Sums of squares are larger than what they measure, since the seeds' noise is in the effects, too:
where no factor matters, a pair of factors with ten levels each seems to. So shares are those of
variance components (Searle, Casella and McCulloch 1992, Variance Components, chapter 4). What the
scatter of an effect over seeds contributes to its mean square is subtracted. That scatter is known,
since all cells have the same seeds, and it needs no assumption: a seed that is hard for all cells
cancels out of every effect, and a seed that is hard for one level is counted.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.random_streams import stream

RESAMPLES = 2000
# Where there are many seeds, fewer resamples are enough, and these are the most draws of a seed.
_MOST_DRAWS = 20_000_000
_FEWEST_RESAMPLES = 200
_DRAWS_AT_ONCE = 1_000_000


class Effect(NamedTuple):
    """One share of the variance.

    Attributes
    ----------
    factors : tuple of int
        The places of one factor or of two; empty for the orders above two together.
    df : int
        Degrees of freedom.
    sum_sq : float
        Sum of squares over all values.
    share : float
        Of the sum of all variance components, 0 to 1.
    low, high : float
        The 95 % interval of the share; NaN for a single seed.
    """

    factors: tuple[int, ...]
    df: int
    sum_sq: float
    share: float
    low: float
    high: float


class Decomposition(NamedTuple):
    """The shares of all effects, which with that of the seeds' noise add up to 1.

    Attributes
    ----------
    effects : list of Effect
        The factors, then their pairs, each in the order of the factors; then the orders above two,
        where there are more than two factors.
    noise : Effect or None
        The scatter of seeds within a cell; None for a single seed, whose noise is in the effects.
    """

    effects: list[Effect]
    noise: Effect | None


def decompose(values: Floats) -> Decomposition:
    """Return the analysis of variance of a full grid.

    The 95 % intervals are those of a bootstrap over seeds: seeds are drawn with replacement, the
    same for all cells, and all shares are computed anew. The deviations of resampled means are
    multiplied by sqrt(n / (n - 1)), since without it their variance is that much too small for n
    seeds (Davison and Hinkley 1997, Bootstrap Methods, section 2.3): half of it for two. The draws
    are always the same.

    Parameters
    ----------
    values : (levels of factor 0, levels of factor 1, ..., n_seeds) array
        At least one factor, each with two levels or more. Values may not be all equal.
    """
    n_seeds = values.shape[-1]
    values = values - values.mean()
    tables = list(_tables(values))
    sums = [values.size * float(table.mean_square) for table in tables]
    heads = [(table.factors, table.df, total) for table, total in zip(tables, sums, strict=True)]
    if n_seeds == 1:
        effects = [Effect(*head, head[-1] / sum(sums), np.nan, np.nan) for head in heads]
        return Decomposition(effects, None)
    cells = values.reshape(-1, n_seeds)
    scatter = cells - cells.mean(axis=1, keepdims=True)
    heads.append(((), len(cells) * (n_seeds - 1), float((scatter**2).sum())))
    components = [table.mean_square - table.chance for table in tables]
    components.append(float(cells.var(axis=1, ddof=1).mean()))
    share = _shares(np.array(components))
    low, high = np.quantile(_resampled_shares(tables, scatter), [0.025, 0.975], axis=0)
    numbers = zip(share.tolist(), low.tolist(), high.tolist(), strict=True)
    *effects, noise = (Effect(*head, *row) for head, row in zip(heads, numbers, strict=True))
    return Decomposition(effects, noise)


@dataclass(frozen=True)
class _Table:
    """The effects of one factor, of a pair or of the higher orders, for each seed.

    Attributes
    ----------
    factors : tuple of int
    df : int
    effects : (n_combinations of levels, n_seeds) array
    """

    factors: tuple[int, ...]
    df: int
    effects: Floats

    @property
    def mean_square(self) -> float:
        """The mean square of the effects' means over seeds."""
        return float((self.effects.mean(axis=1) ** 2).mean())

    @property
    def chance(self) -> float:
        """What the seeds' noise contributes to it: the mean squared standard error."""
        return float(self.effects.var(axis=1, ddof=1).mean() / self.effects.shape[1])


def _tables(values: Floats) -> Iterator[_Table]:
    """Yield the effects in values whose mean over everything is 0."""
    *levels, n_seeds = values.shape
    places = range(len(levels))
    rest = values - values.mean(axis=tuple(places), keepdims=True)
    rest_df = math.prod(levels) - 1
    for order in (1, 2):
        for factors in itertools.combinations(places, order):
            others = tuple(place for place in places if place not in factors)
            # The mean of what is left: the effects of lower orders are subtracted already, and all
            # others have the mean 0 over the levels of one of the other factors.
            effects = rest.mean(axis=others, keepdims=True)
            rest = rest - effects
            df = math.prod(levels[place] - 1 for place in factors)
            rest_df -= df
            yield _Table(factors, df, effects.reshape(-1, n_seeds))
    if rest_df:
        yield _Table((), rest_df, rest.reshape(-1, n_seeds))


def _shares(components: Floats) -> Floats:
    """Return the shares (..., n) of variance components; a negative component counts as 0."""
    components = np.maximum(components, 0.0)
    # Two seeds drawn twice have no scatter, and may have no effects.
    total = components.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(components, total, out=np.zeros_like(components), where=total > 0)
    return shares


def _resampled_shares(tables: Sequence[_Table], scatter: Floats) -> Floats:
    """Return the shares (n_resamples, n_tables + 1) of resampled seeds.

    Parameters
    ----------
    tables : sequence of _Table
    scatter : (n_cells, n_seeds) array
        The deviations of the values from their cell's mean.
    """
    n = scatter.shape[1]
    triangles = [_triangle(table.effects) for table in tables]
    scatter_triangle = _triangle(scatter)
    square = (scatter**2).mean(axis=0)
    shares = []
    for drawn in _draws(n):
        widened = 1 / n + math.sqrt(n / (n - 1)) * (drawn - 1 / n)
        components = [
            _mean_square(triangle, len(table.effects), widened) - 2 * table.chance
            for table, triangle in zip(tables, triangles, strict=True)
        ]
        within = drawn @ square - _mean_square(scatter_triangle, len(scatter), drawn)
        components.append(within * (n / (n - 1)) ** 2)
        shares.append(_shares(np.stack(components, axis=1)))
    return np.concatenate(shares)


def _draws(n: int) -> Iterator[Floats]:
    """Yield blocks (n_resamples, n) of how often each of n seeds is drawn, divided by n."""
    rng = stream(0, "bootstrap of importance")
    left = max(_FEWEST_RESAMPLES, min(RESAMPLES, _MOST_DRAWS // n))
    while left:
        size = min(left, max(1, _DRAWS_AT_ONCE // n))
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n) / n
        left -= size


def _triangle(matrix: Floats) -> Floats:
    """Return a matrix of at most n rows with the same norm of each product with n weights."""
    return matrix if len(matrix) <= matrix.shape[1] else np.asarray(np.linalg.qr(matrix, mode="r"))


def _mean_square(triangle: Floats, n_rows: int, weights: Floats) -> Floats:
    """Return the mean square over `n_rows` rows of weighted means, for each row of weights."""
    squares: Floats = ((weights @ triangle.T) ** 2).sum(axis=1)
    return squares / n_rows
