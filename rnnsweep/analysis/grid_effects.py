"""The effects of the factors of a full grid, a table for each factor, pair and what remains."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnsweep.array_types import Floats


@dataclass(frozen=True)
class EffectTable:
    """The effects of one factor, of a pair or of the higher orders, for each seed.

    Attributes
    ----------
    factors : tuple of int
        The places of one or two factors; empty for the higher orders.
    df : int
        Degrees of freedom.
    effects : (n_combinations of levels, values of seed 0, ...) array
    """

    factors: tuple[int, ...]
    df: int
    effects: Floats

    @cached_property
    def mean_square(self) -> float:
        """The mean square of the effects' means over seeds."""
        return float((self.effects.reshape(len(self.effects), -1).mean(axis=1) ** 2).mean())

    @cached_property
    def error(self) -> float:
        """What the noise of the seeds contributes to it: the mean squared standard error."""
        # Of n values of one seed: s^2 / n. Of several: Cornfield and Tukey 1956, Annals of
        # Mathematical Statistics 27, 907-949.
        return sum(square if len(seeds) % 2 else -square for seeds, square in self._errors)

    @cached_property
    def spread(self) -> float:
        """How much larger the mean square is on average when the seeds are resampled."""
        return sum(square for _, square in self._errors)

    @cached_property
    def _errors(self) -> list[tuple[tuple[int, ...], float]]:
        """For seeds and combinations of seeds, the mean square of a contrast by its df and n."""
        n_seeds = self.effects.shape[1:]
        by_seeds = pieces(self.effects, range(1, self.effects.ndim), len(n_seeds))
        freedom = [n - 1 for n in n_seeds]
        return [
            (axes, float((piece**2).mean()) / math.prod(freedom[axis - 1] for axis in axes))
            for axes, piece in by_seeds
            if axes
        ]


def pieces(
    values: Floats, axes: Sequence[int], most: int
) -> Iterator[tuple[tuple[int, ...], Floats]]:
    """Yield an array as a sum: its mean, the effects of each axis, of pairs of axes, and so on.

    Parameters
    ----------
    values : array
    axes : sequence of int
        The axes that have effects; along the others nothing is averaged.
    most : int
        Up to how many axes together have effects of their own.

    Yields
    ------
    axes : tuple of int
        Whose effects these are: (), (0,), (1,), ..., (0, 1), ...; all axes for what remains, which
        comes last where there are more than `most` axes.
    piece : array
        Of the dimensions of `values`, with the length 1 along axes of which it has no effects.
    """
    rest = values
    for order in range(most + 1):
        for chosen in itertools.combinations(axes, order):
            # Effects of lower orders are subtracted already, and all others have the mean 0 over
            # one of the axes that are not chosen.
            piece = rest.mean(
                axis=tuple(axis for axis in axes if axis not in chosen), keepdims=True
            )
            rest = rest - piece
            yield chosen, piece
    if len(axes) > most:
        yield tuple(axes), rest


def effect_tables(values: Floats, n_factors: int) -> Iterator[EffectTable]:
    """Yield the effects of the factors, of their pairs, and of the orders above together.

    Parameters
    ----------
    values : (levels of factor 0, ..., values of seed 0, ...) array
    n_factors : int
    """
    levels, seeds = values.shape[:n_factors], values.shape[n_factors:]
    rest_df = math.prod(levels) - 1
    for factors, piece in pieces(values, range(n_factors), 2 if n_factors > 1 else 1):
        df = math.prod(levels[place] - 1 for place in factors)
        if not factors:  # the mean of each seed
            continue
        if len(factors) > 2:
            factors, df = (), rest_df
        rest_df -= df
        yield EffectTable(factors, df, piece.reshape(-1, *seeds))
