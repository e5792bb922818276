"""Variance components of crossed random effects: what each of several seeds makes of a scatter.

The estimates are those of the analysis of variance (Searle, Casella and McCulloch 1992, Variance
Components, chapter 4), written as mean squared differences of pairs of trials, so that they hold
for resampled seeds as well. Their shares are the first-order indices of Sobol (1993, Mathematical
Modelling and Computational Experiments 1, 407-414).
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.random_streams import stream

_RESAMPLES = 1000
# Where there are many values, fewer resamples are enough: 0.5 s for 100,000 of them.
_MOST_VALUES = 20_000_000
_FEWEST_RESAMPLES = 200
_VALUES_AT_ONCE = 2_000_000


def components(values: Floats, weights: Sequence[Floats]) -> Floats:
    """Return the variance components of weighted seeds, a row for each row of weights.

    A component is an unbiased estimate, and may be below 0. It is the mean over the settings.

    Parameters
    ----------
    values : (n_settings, n_1, ..., n_k) array
        A value for each setting and each combination of the values of k seeds.
    weights : sequence of (n_rows, n_1), ..., (n_rows, n_k) arrays
        How often each value of a seed counts.

    Returns
    -------
    (n_rows, k + 1) array
        The component of each seed, and that of all interactions; NaN where only one value of a
        seed counts.
    """
    axes = range(len(weights))
    squares = dict(_squared_sums(values, weights))
    total = _half_mean_square(squares, weights, tuple(axes))
    # Two trials that share a seed are apart by all but what this seed makes.
    alone = [
        total - _half_mean_square(squares, weights, tuple(other for other in axes if other != axis))
        for axis in axes
    ]
    return np.stack([*alone, total - sum(alone)], axis=1) / len(values)


def _squared_sums(
    values: Floats, weights: Sequence[Floats]
) -> Iterator[tuple[tuple[int, ...], Floats]]:
    """Yield each set of axes, with the squares of the weighted sums over them, over all settings.

    The squares of a set have the shape (n_rows, and the lengths of the other axes).
    """
    letters = "ijk"[: len(weights)]
    sums: dict[tuple[int, ...], Floats] = {(): values[np.newaxis]}
    for order in range(len(weights) + 1):
        for summed in itertools.combinations(range(len(weights)), order):
            if summed:
                left = "".join(letters[axis] for axis in range(len(weights)) if axis not in summed)
                last = letters[summed[-1]]
                before = "".join(sorted(left + last))
                sums[summed] = np.einsum(
                    f"bs{before},b{last}->bs{left}", sums[summed[:-1]], weights[summed[-1]]
                )
            yield summed, (sums[summed] ** 2).sum(axis=1)


def _half_mean_square(
    squares: Mapping[tuple[int, ...], Floats], weights: Sequence[Floats], apart: tuple[int, ...]
) -> Floats:
    """Return half the mean squared difference of two trials of one setting.

    Their values of the seeds `apart` differ, and those of the other seeds are equal. This is the
    variance of what the seeds `apart` have a part in.
    """
    n = [rows.sum(axis=1, keepdims=True) for rows in weights]
    same = [axis for axis in range(len(weights)) if axis not in apart]
    # (a - b)^2 / 2 over all such pairs is the sum of a^2 less that of a b. Pairs that differ on
    # all axes `apart` are all pairs, without those that are equal on one of them, and so on.
    difference = _weighted(
        squares[()],
        {a: rows * (n[a] - rows) if a in apart else rows for a, rows in enumerate(weights)},
    )
    for order in range(len(apart) + 1):
        for equal in itertools.combinations(apart, order):
            summed = tuple(axis for axis in apart if axis not in equal)
            factors = {axis: weights[axis] for axis in same}
            factors |= {axis: weights[axis] ** 2 for axis in equal}
            difference = difference - (-1) ** order * _weighted(squares[summed], factors)
    pairs = math.prod([n[a] ** 2 - (weights[a] ** 2).sum(1, keepdims=True) for a in apart])
    pairs = pairs * math.prod([n[axis] for axis in same])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(pairs[:, 0] > 0, difference / pairs[:, 0], np.nan)
    return mean


def _weighted(squares: Floats, factors: Mapping[int, Floats]) -> Floats:
    """Return the sums (n_rows,) over all other axes, each with its factors (n_rows, n)."""
    for axis in sorted(factors, reverse=True):
        factor = np.expand_dims(factors[axis], tuple(range(1, squares.ndim - 1)))
        squares = (squares * factor).sum(axis=-1)
    return squares


def resampled_components(values: Floats) -> Iterator[Floats]:
    """Yield the components (n_rows, k + 1) of resamples; their draws are always the same.

    A resample draws the values of each seed by itself, with replacement. A value that is drawn
    twice is one value that counts twice, and is never compared with itself.

    Parameters
    ----------
    values : array
        As in `components`.
    """
    rng = stream(0, "bootstrap of seeds")
    left = max(_FEWEST_RESAMPLES, min(_RESAMPLES, _MOST_VALUES // values.size))
    at_once = max(1, _VALUES_AT_ONCE // values.size)
    while left > 0:
        size = min(left, at_once)
        weights = [
            rng.multinomial(n, np.full(n, 1 / n), size).astype(np.float64) for n in values.shape[1:]
        ]
        yield components(values, weights)
        left -= size
