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

    The 95 % intervals are those of a bootstrap over seeds (`_resampled_shares`), whose draws are
    always the same.

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
    noise = float(cells.var(axis=1, ddof=1).mean())
    noise_df = len(cells) * (n_seeds - 1)
    heads.append(((), noise_df, noise_df * noise))
    share = _shares(np.array([*(table.mean_square - table.chance for table in tables), noise]))
    low, high = np.quantile(_resampled_shares(tables, cells, noise), [0.025, 0.975], axis=0)
    low, high = np.minimum(low, share), np.maximum(high, share)
    numbers = zip(share.tolist(), low.tolist(), high.tolist(), strict=True)
    *effects, of_seeds = (Effect(*head, *row) for head, row in zip(heads, numbers, strict=True))
    return Decomposition(effects, of_seeds)


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
    total = components.sum(axis=-1, keepdims=True)
    # In a resample, all may be 0.
    shares: Floats = np.divide(components, total, out=np.zeros_like(components), where=total > 0)
    return shares


def _resampled_shares(tables: Sequence[_Table], cells: Floats, noise: float) -> Floats:
    """Return the shares (n_resamples, n_tables + 1) of resampled seeds.

    Seeds are drawn with replacement, the same for all cells. Samples of few seeds are more alike
    than they should be, so that two corrections are needed:

    - the variance of a resampled mean is (n - 1) / n of what it should be (Davison and Hinkley
      1997, Bootstrap Methods, section 2.3), half of it for two seeds. So the deviations from the
      mean of all seeds are multiplied by sqrt(n / (n - 1));
    - the deviation of the noise, on its logarithm, is multiplied by n / (n - 1), which is what
      simulations need (`tests/analysis/test_variance.py`). The noise is that of other draws than
      the means, since mean and scatter of a sample are independent, at least for normal noise.

    Parameters
    ----------
    tables : sequence of _Table
    cells : (n_cells, n_seeds) array
    noise : float
        The mean variance of a cell.
    """
    n = cells.shape[1]
    rng = stream(0, "bootstrap of importance")
    triangles = [_triangle(table.effects) for table in tables]
    scatter = cells - cells.mean(axis=1, keepdims=True)
    scatter_triangle = _triangle(scatter)
    scatter_square = (scatter**2).mean(axis=0)
    shares = []
    for size in _block_sizes(n):
        weights = 1 / n + math.sqrt(n / (n - 1)) * (_drawn(size, n, rng) - 1 / n)
        components = [
            _mean_square(triangle, len(table.effects), weights) - 2 * table.chance
            for table, triangle in zip(tables, triangles, strict=True)
        ]
        weights = _drawn(size, n, rng)
        within = weights @ scatter_square - _mean_square(scatter_triangle, len(cells), weights)
        freedom = 1 - (weights**2).sum(axis=1)
        # Of a single seed that is drawn n times, nothing follows.
        ratio = np.divide(
            np.maximum(within, 0.0), freedom * noise, out=np.ones(size), where=freedom * noise > 0
        )
        components.append(noise * ratio ** (n / (n - 1)))
        shares.append(_shares(np.stack(components, axis=1)))
    return np.concatenate(shares)


def _block_sizes(n: int) -> Iterator[int]:
    """Yield how many resamples of n seeds to draw at once."""
    left = max(_FEWEST_RESAMPLES, min(RESAMPLES, _MOST_DRAWS // n))
    at_once = max(1, _DRAWS_AT_ONCE // n)
    while left > 0:
        yield min(left, at_once)
        left -= at_once


def _drawn(size: int, n: int, rng: np.random.Generator) -> Floats:
    """Return how often each of n seeds is drawn in each resample, divided by n: (size, n)."""
    drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, np.newaxis]
    counts: Floats = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n) / n
    return counts


def _triangle(matrix: Floats) -> Floats:
    """Return a matrix of at most n rows with the same norm of each product with n weights."""
    return matrix if len(matrix) <= matrix.shape[1] else np.asarray(np.linalg.qr(matrix, mode="r"))


def _mean_square(triangle: Floats, n_rows: int, weights: Floats) -> Floats:
    """Return the mean square over `n_rows` rows of weighted means, for each row of weights."""
    squares: Floats = ((weights @ triangle.T) ** 2).sum(axis=1)
    return squares / n_rows
