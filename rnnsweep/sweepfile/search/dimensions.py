"""Dimensions: what a sweep varies independently. A dimension's axes advance together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.sweepfile.keys import TABLES

from .axes import Axis

# The search forms in their order among the dimensions of one table.
FORMS = ("random", "zip", "grid", "when")
_TABLE_RANKS = {table: rank for rank, table in enumerate((*TABLES, ""))}


@dataclass(frozen=True)
class Condition:
    """Settings that have to hold together.

    Attributes
    ----------
    place : str
        The block that asks for them, as in "[[when]] 2".
    wanted : dict
        The values that each key may have, by the key as in "train.optimizer".
    """

    place: str
    wanted: Mapping[str, tuple[Any, ...]]

    @property
    def is_when(self) -> bool:
        """Whether it adds axes, and leaves nothing out."""
        return self.place.startswith("[[when]]")


@dataclass(frozen=True)
class Dimension:
    """Axes that advance together from point to point.

    Attributes
    ----------
    form : str
        One of `FORMS`.
    axes : tuple of Axis
        All with the same number of values; one axis in "grid" and "when".
    condition : Condition or None
        Where the dimension exists; None for everywhere.
    asked : int
        The draws that [random] asks for; those that repeat another are left out.
    """

    form: str
    axes: tuple[Axis, ...]
    condition: Condition | None = None
    asked: int = 0

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.axes[0].values)


def in_order(dimensions: Iterable[Dimension]) -> list[Dimension]:
    """Return the dimensions in the order of trials, the fastest last.

    The draws come first, so that more of them change no earlier trial; then by the tables' order,
    each dimension where its first axis stands, the seed last. Axes of one dimension likewise.
    """
    ordered = [
        Dimension(d.form, tuple(sorted(d.axes, key=_rank)), d.condition, d.asked)
        for d in dimensions
    ]
    return sorted(
        ordered, key=lambda d: (d.form != "random", _rank(d.axes[0]), FORMS.index(d.form))
    )


def _rank(axis: Axis) -> int:
    return _TABLE_RANKS[axis.key.rpartition(".")[0]]


def repeated_points(dimension: Dimension) -> list[tuple[int, int]]:
    """Return the points that are alike, each as (first, repeated)."""
    first: dict[tuple[Any, ...], int] = {}
    points = zip(*(axis.values for axis in dimension.axes), strict=True)
    seen = (first.setdefault(point, i) for i, point in enumerate(points))
    return [(at, i) for i, at in enumerate(seen) if at != i]


def without(dimension: Dimension, dropped: Iterable[int]) -> Dimension:
    """Return the dimension without some of its points."""
    gone = set(dropped)
    axes = tuple(
        Axis(axis.key, tuple(value for i, value in enumerate(axis.values) if i not in gone))
        for axis in dimension.axes
    )
    return Dimension(dimension.form, axes, dimension.condition, dimension.asked)


def point_numbers(axes: Iterable[Axis]) -> NDArray[np.int32]:
    """Return a number for each point of a dimension; points with equal values share it."""
    axes = list(axes)
    if len(axes) == 1 and len(set(axes[0].values)) == len(axes[0].values):
        return np.arange(len(axes[0].values), dtype=np.int32)
    numbers: dict[tuple[Any, ...], int] = {}
    points = zip(*(axis.values for axis in axes), strict=True)
    return np.array([numbers.setdefault(p, len(numbers)) for p in points], np.int32)
