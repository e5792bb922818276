"""Axes, and dimensions: what varies independently. The axes of one dimension advance together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.sweepfile.keys import TABLES, path_of, split_key
from rnnsweep.vocabulary import SEEDS

MAX_TRIALS = 10_000_000
# The search forms in their order among the dimensions of one table.
_FORM_RANKS = {form: rank for rank, form in enumerate(("random", "zip", "grid", "when"))}
# Keys are ordered by their tables; those without a table are the seeds.
_RANKS = {name: rank for rank, name in enumerate((*TABLES, *SEEDS))}


@dataclass(frozen=True)
class Axis:
    """The values that one key takes in turn.

    Attributes
    ----------
    key : str
        As in "model.hidden_size".
    values : tuple
        In their order.
    """

    key: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The name of the column: bare, but "task_" before a task's own keys, "cell_" likewise."""
        return column(self.key)


# The columns that are not called as their keys; the summary has a column "rank" of its own.
_COLUMNS = {"task.name": "task", "model.rank": "model_rank"}


def column(key: str) -> str:
    """Return the column of a key in the tables."""
    if key in _COLUMNS:
        return _COLUMNS[key]
    table, name = split_key(key)
    return "_".join(path_of(key)) if table in ("task", "cell") else name


@dataclass(frozen=True)
class Condition:
    """Settings that must be true together.

    Attributes
    ----------
    place : str
        The block that has the condition, as in "[[when]] 2".
    values : dict
        The values that each key may have, by the key as in "train.optimizer".
    """

    place: str
    values: Mapping[str, tuple[Any, ...]]

    @property
    def is_when(self) -> bool:
        """Whether it is the condition of a [[when]]; else it is that of an [[exclude]]."""
        return self.place.startswith("[[when]]")


@dataclass(frozen=True)
class Dimension:
    """Axes that advance together from point to point.

    Attributes
    ----------
    form : str
        "random", "zip", "grid" or "when".
    axes : tuple of Axis
        All with the same number of values; one axis in "grid" and "when".
    condition : Condition or None
        Where the dimension exists; None for everywhere.
    n_draws : int
        The draws that [random] asks for; those that repeat another one are left out.
    """

    form: str
    axes: tuple[Axis, ...]
    condition: Condition | None = None
    n_draws: int = 0

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.axes[0].values)


def in_order(dimensions: Iterable[Dimension]) -> list[Dimension]:
    """Return the dimensions in the order of trials, the fastest last.

    The draws come first, so that more of them change no earlier trial. The others follow in the
    order of the tables, each at the place of its first axis; the seeds are last, in the order
    of `SEEDS`. The axes within a dimension have the same order.
    """
    ordered = [replace(d, axes=tuple(sorted(d.axes, key=_rank))) for d in dimensions]
    return sorted(
        ordered, key=lambda d: (d.form != "random", _rank(d.axes[0]), _FORM_RANKS[d.form])
    )


def _rank(axis: Axis) -> int:
    return _RANKS[split_key(axis.key)[0] or axis.key]


def repeated_points(dimension: Dimension) -> list[tuple[int, int]]:
    """Return the points that are alike, each as (first, repeated)."""
    first: dict[tuple[Any, ...], int] = {}
    points = zip(*(axis.values for axis in dimension.axes), strict=True)
    seen = (first.setdefault(point, i) for i, point in enumerate(points))
    return [(at, i) for i, at in enumerate(seen) if at != i]


def point_numbers(axes: Iterable[Axis]) -> NDArray[np.int32]:
    """Return a number for each point of a dimension; points with equal values share it."""
    axes = list(axes)
    if len(axes) == 1 and len(set(axes[0].values)) == len(axes[0].values):
        return np.arange(len(axes[0].values), dtype=np.int32)
    numbers: dict[tuple[Any, ...], int] = {}
    points = zip(*(axis.values for axis in axes), strict=True)
    return np.array([numbers.setdefault(p, len(numbers)) for p in points], np.int32)
