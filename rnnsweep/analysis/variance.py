"""The analysis of variance of a full grid: how much each factor and each pair of factors matters.

Every cell of the grid, a combination of the factors' levels, has a value for each seed. The values
of a seed are split into effects as usual (Montgomery 2017, Design and Analysis of Experiments,
section 5.4): the mean, an effect for each level of a factor, one for each pair of levels, and what
the orders above two add. The sums of squares are exact, and add up to that of all values. So do
their shares, eta squared.

Sums of squares are larger than what they measure, since the seeds' noise is in the effects, too:
where no factor matters, a pair of factors with ten levels each seems to. So there are corrected
shares, which are estimates: those of variance components (Searle, Casella and McCulloch 1992,
Variance Components, chapter 4). What the scatter of an effect over seeds contributes to its mean
square is subtracted. That scatter is known, since all cells have the same seeds, and it needs no
assumption: a seed that is hard for all cells cancels out of every effect, and a seed that is hard
for one level is counted.

There may be several seeds, each crossed with the others, such as one of the data and one of the
initial weights. Then the mean of an effect has a standard error of its own for each of them.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.random_streams import stream

from .grid_effects import EffectTable, effect_tables, pieces
from .products import product, root
from .student import Z_975, t_975
from .variance_components import components

FEWEST_FOR_INTERVAL = 3  # values of a seed
RESAMPLES = 2000
# Where there are many seeds, fewer resamples are enough, and these are the most draws of a seed.
_MOST_DRAWS = 5_000_000
_FEWEST_RESAMPLES = 200
_DRAWS_AT_ONCE = 250_000  # 2 MB, of which there are several copies


class Effect(NamedTuple):
    """One line of the analysis of variance.

    Attributes
    ----------
    factors : tuple of int
        The places of one factor or of two; empty for the orders above two together. In a
        `Decomposition.noise` it is the place of one seed, and empty for interactions of seeds.
    df : int
        Degrees of freedom.
    sum_sq : float
        Sum of squares over all values.
    share : float
        Of the sum of squares of all values, 0 to 1.
    corrected : float
        The estimated share of the sum of all variance components, 0 to 1; NaN without seeds. A
        component whose estimate is negative counts as 0.
    low, high : float
        The 95 % interval of the corrected share; NaN without three values of each seed.
    """

    factors: tuple[int, ...]
    df: int
    sum_sq: float
    share: float
    corrected: float = math.nan
    low: float = math.nan
    high: float = math.nan


class Decomposition(NamedTuple):
    """All effects and the seeds' noise; their shares add up to 1, and so do the corrected ones.

    Attributes
    ----------
    effects : list of Effect
        The factors, then their pairs, each in the order of the factors; then the orders above two,
        where there are more than two factors.
    noise : list of Effect
        The scatter of seeds within a cell: of each seed, and of their interactions if there are
        several. Empty without seeds; then their noise is in the effects.
    """

    effects: list[Effect]
    noise: list[Effect]


def decompose(values: Floats, n_factors: int) -> Decomposition:
    """Return the analysis of variance of a full grid.

    The 95 % intervals of the corrected shares are those of a bootstrap over seeds
    (`_resampled_components`), stretched by the ratio of Student's to the normal quantile, since the
    scatter of few seeds is known badly (as in `rnnsweep.analysis.bootstrap`). The draws are always
    the same. There are no intervals for seeds with two values.

    Parameters
    ----------
    values : (levels of factor 0, levels of factor 1, ..., values of seed 0, ...) array
        All axes have a length of two or more. Values may not be all equal.
    n_factors : int
        How many axes are factors; the others are seeds. At least one.
    """
    values = values - values.mean()
    tables = list(effect_tables(values, n_factors))
    cells = values.reshape(-1, *values.shape[n_factors:])
    lines = [(table.factors, table.df, values.size * table.mean_square) for table in tables]
    lines += _noise_lines(cells)
    total = math.fsum(sum_sq for _, _, sum_sq in lines)
    numbers = np.full((len(lines), 3), np.nan)
    if values.ndim > n_factors:
        numbers = _corrected(tables, cells)
    parts = [
        Effect(*line, line[-1] / total, *row)
        for line, row in zip(lines, numbers.tolist(), strict=True)
    ]
    return Decomposition(parts[: len(tables)], parts[len(tables) :])


def _corrected(tables: Sequence[EffectTable], cells: Floats) -> Floats:
    """Return the corrected shares of effects and noise, and their intervals: (n, 3)."""
    of_effects = [table.mean_square - table.error for table in tables]
    of_noise = _noise(cells, [np.ones((1, n)) for n in cells.shape[1:]])[0]
    share = _shares(np.array([*of_effects, *of_noise]))
    low = high = np.full(len(share), np.nan)
    if min(cells.shape[1:]) >= FEWEST_FOR_INTERVAL:
        resampled = [_shares(drawn) for drawn in _resampled_components(tables, cells, of_noise)]
        low, high = np.quantile(np.concatenate(resampled), [0.025, 0.975], axis=0)
        stretch = t_975(min(cells.shape[1:]) - 1) / Z_975
        low = np.maximum(0.0, share - stretch * np.maximum(0.0, share - low))
        high = np.minimum(1.0, share + stretch * np.maximum(0.0, high - share))
    return np.stack([share, low, high], axis=1)


def _noise_lines(cells: Floats) -> list[tuple[tuple[int, ...], int, float]]:
    """Return the seeds, degrees of freedom and sums of squares within cells."""
    n_seeds = cells.shape[1:]
    left_df = len(cells) * (math.prod(n_seeds) - 1)
    lines: list[tuple[tuple[int, ...], int, float]] = []
    for axes, piece in pieces(cells, range(1, cells.ndim), 1) if n_seeds else ():
        if axes:
            is_rest = len(axes) > 1
            df = left_df if is_rest else len(cells) * (n_seeds[axes[0] - 1] - 1)
            square = float((piece**2).mean()) * cells.size
            lines.append((() if is_rest else (axes[0] - 1,), df, square))
            left_df -= df
    return lines


def _noise(cells: Floats, weights: Sequence[Floats]) -> Floats:
    """Return the components (n_rows, 1) of one seed, or (n_rows, k + 1) of k, and interactions.

    Parameters
    ----------
    cells : (n_cells, values of seed 0, ...) array
    weights : as in `components`
    """
    # Only squares are needed of what is linear in the seeds, so a root of the cells is enough.
    short = root(cells.reshape(len(cells), -1))
    n_settings = len(short)
    noise = components(short.reshape(n_settings, *cells.shape[1:]), weights)
    if len(weights) == 1:  # it has no interactions
        noise = noise[:, :1]
    return noise * (n_settings / len(cells))


def _shares(of_components: Floats) -> Floats:
    """Return the shares (..., n) of variance components; a negative component counts as 0."""
    positive = np.maximum(of_components, 0.0)
    total = positive.sum(axis=-1, keepdims=True)
    # In a resample, all may be 0.
    shares: Floats = np.divide(positive, total, out=np.zeros_like(positive), where=total > 0)
    return shares


def _resampled_components(
    tables: Sequence[EffectTable], cells: Floats, noise: Floats
) -> Iterator[Floats]:
    """Yield the components (n_resamples, n_tables + len(noise)) of resampled seeds.

    The values of each seed are drawn with replacement, the same for all cells. The variance of a
    resampled mean is (n - 1) / n of what it should be (Davison and Hinkley 1997, Bootstrap Methods,
    section 2.3), half of it for two values. So the deviations from the mean of all values are
    multiplied by sqrt(n / (n - 1)). The noise is that of other draws than the means, since mean and
    scatter of a sample are independent, at least for normal noise.

    Parameters
    ----------
    tables : sequence of EffectTable
    cells : (n_cells, values of seed 0, ...) array
    noise : (1,) or (k + 1,) array
        The components of the seeds, from all values.
    """
    n_seeds = cells.shape[1:]
    rng = stream(0, "bootstrap of importance")
    roots = [root(table.effects.reshape(len(table.effects), -1)) for table in tables]
    for size in _block_sizes(math.prod(n_seeds)):
        weights = np.ones((size, 1))
        for n in n_seeds:
            widened = 1 + math.sqrt(n / (n - 1)) * (_drawn(size, n, rng) - 1)
            weights = (weights[:, :, np.newaxis] * widened[:, np.newaxis] / n).reshape(size, -1)
        squares = [
            (product(weights, short.T) ** 2).sum(axis=1) / len(table.effects)
            - (table.error + table.spread)
            for table, short in zip(tables, roots, strict=True)
        ]
        drawn = _noise(cells, [_drawn(size, n, rng) for n in n_seeds])
        # Where one value of a seed is all that was drawn, nothing follows.
        drawn = np.where(np.isnan(drawn).any(axis=1, keepdims=True), noise, drawn)
        yield np.column_stack([*squares, drawn])


def _block_sizes(n: int) -> Iterator[int]:
    """Yield how many resamples of n values to draw at once."""
    left = max(_FEWEST_RESAMPLES, min(RESAMPLES, _MOST_DRAWS // n))
    at_once = max(1, _DRAWS_AT_ONCE // n)
    while left > 0:
        yield min(left, at_once)
        left -= at_once


def _drawn(size: int, n: int, rng: np.random.Generator) -> Floats:
    """Return how often each of n values is drawn in each resample (size, n)."""
    drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
