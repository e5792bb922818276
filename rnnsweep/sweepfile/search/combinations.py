"""The combinations of points that exist, numbered in the order of trials.

Conditions and exclusions tie some dimensions together: the combinations of such a group are
listed. Groups are independent of one another, so that the trials are the product of all groups,
and a large grid costs nothing in a file that has a small exclusion.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int32]
_Extent = tuple[NDArray[np.int64], NDArray[np.int64]]

ABSENT = -1
"""The digit of a dimension that does not exist in a combination."""

# How many combinations are looked at together: some arrays of 0.5 MB.
_CHUNK = 65_536


@dataclass(frozen=True)
class Group:
    """Dimensions that are tied together, or one that is free.

    Attributes
    ----------
    dimensions : tuple of int
        Their numbers, ascending.
    size : int
        Combinations that exist.
    columns : dict of (size,) int32 arrays
        The digits of each dimension, in lexicographic order of the dimensions; empty for a free
        one, whose digits are 0, 1, ...
    """

    dimensions: tuple[int, ...]
    size: int
    columns: Mapping[int, Column] = field(default_factory=dict)


class _Projection(NamedTuple):
    """The different combinations of some dimensions of a group: their digits and numbers.

    `rows` has for each row of the group which of them it is, counted from 0; it is empty where some
    points represent all others.
    """

    digits: Mapping[int, Sequence[int]]
    counts: Sequence[int]
    rows: NDArray[np.int64]


_NO_ROWS = np.empty(0, np.int64)


class Combinations:
    """All combinations of the dimensions' points that exist; the last dimension is the fastest.

    Parameters
    ----------
    groups : sequence of Group
        Together they have the dimensions 0, 1, ...; none of them is empty.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = groups
        self.count = prod(group.size for group in groups)
        # Group and column of each dimension, the slowest first; no column for one that is free.
        self._places = [
            (i, group.columns.get(d))
            for d, i, group in sorted(
                ((d, i, group) for i, group in enumerate(groups) for d in group.dimensions),
                key=lambda place: place[0],
            )
        ]

    def digits(self, index: int) -> list[int]:
        """Return the point of each dimension in one combination."""
        # Rows of each group that agree with the digits so far, and combinations of all these.
        bounds = [(0, group.size) for group in self._groups]
        n_left = self.count
        digits = []
        for i, column in self._places:
            start, stop = bounds[i]
            # Each row is in as many combinations as the other groups have.
            n_left //= stop - start
            offset, rest = divmod(index, n_left)
            if column is None:
                digits.append(offset)
                bounds[i] = (offset, offset + 1)
                index = rest
                continue
            digit = int(column[start + offset])
            # In the column's own type, or numpy would copy all of it.
            ends = np.array((digit, digit + 1), column.dtype)
            first, after = np.searchsorted(column[start:stop], ends).tolist()
            digits.append(digit)
            bounds[i] = (start + first, start + after)
            index -= first * n_left
            n_left *= after - first
        return digits

    def projected(
        self, codes: Mapping[int, Column], largest: Mapping[int, Sequence[int]] | None = None
    ) -> Iterator[tuple[dict[int, int], int]]:
        """Yield the combinations that differ in some dimensions, and how many agree with each.

        Parameters
        ----------
        codes : dict of int32 arrays
            For each of these dimensions a number of each point, from 0; points with the same
            number count as equal.
        largest : dict, optional
            By dimension, points that represent all others if the dimension is free; each is
            counted as one.

        Yields
        ------
        digits : dict
            By dimension, those of the first such combination of each group.
        count : int
        """
        largest = largest or {}
        others = 1
        projections = []
        for group in self._groups:
            of_group = {d: codes[d] for d in group.dimensions if d in codes}
            first, *_ = group.dimensions
            if not of_group:
                others *= group.size
            elif not group.columns and first in largest:
                points = largest[first]
                projections.append(_Projection({first: points}, [1] * len(points), _NO_ROWS))
            else:
                projections.append(_projection(group, of_group))
        for chosen in product(*(range(len(part.counts)) for part in projections)):
            picked = list(zip(projections, chosen, strict=True))
            yield (
                {d: column[i] for part, i in picked for d, column in part.digits.items()},
                others * prod(part.counts[i] for part, i in picked),
            )

    def labels(self, codes: Mapping[int, Column]) -> NDArray[np.int64]:
        """Return for every combination, in order, its place among those of `projected(codes)`.

        Parameters
        ----------
        codes : dict of int32 arrays
            As `projected` takes them.

        Returns
        -------
        (count,) array
        """
        parts = {}
        for i, group in enumerate(self._groups):
            if of_group := {d: codes[d] for d in group.dimensions if d in codes}:
                parts[i] = _projection(group, of_group)
        extents = [_extents(group) for group in self._groups]
        labels = np.zeros(self.count, np.int64)
        for start in range(0, self.count, _CHUNK):
            chunk = labels[start : start + _CHUNK]
            rows = self._rows(np.arange(start, start + len(chunk)), extents)
            for i, part in parts.items():
                chunk *= len(part.counts)
                chunk += part.rows[rows[i]]
        return labels

    def _rows(
        self, indices: NDArray[np.int64], extents: Sequence[Mapping[int, _Extent]]
    ) -> list[NDArray[np.int64]]:
        """Return the row of each group in these combinations: what `digits` does, for many."""
        starts = [np.zeros_like(indices) for _ in self._groups]
        stops = [np.full_like(indices, group.size) for group in self._groups]
        n_left = np.full_like(indices, self.count)
        for d, (i, _) in enumerate(self._places):
            start = starts[i]
            n_left //= stops[i] - start
            row = start + indices // n_left
            starts[i], stops[i] = (ends[row] for ends in extents[i][d])
            indices = indices - (starts[i] - start) * n_left
            n_left *= stops[i] - starts[i]
        return starts


def _extents(group: Group) -> dict[int, _Extent]:
    """Return for each dimension of a group, and each row, which rows agree with it up to there.

    The rows from the first number to before the second one agree in this dimension and those
    before it.
    """
    if not group.columns:
        rows = np.arange(group.size)
        return {group.dimensions[0]: (rows, rows + 1)}
    extents = {}
    is_first = np.zeros(group.size, np.bool_)
    is_first[0] = True
    for d in group.dimensions:
        column = group.columns[d]
        is_first[1:] |= column[1:] != column[:-1]
        firsts = np.flatnonzero(is_first)
        number = np.cumsum(is_first) - 1
        extents[d] = firsts[number], np.append(firsts[1:], group.size)[number]
    return extents


def _projection(group: Group, codes: Mapping[int, Column]) -> _Projection:
    ids: NDArray[np.int64] = np.zeros(group.size, np.int64)
    for d, code in codes.items():
        # The last number is that of ABSENT, -1: one more than those of the points.
        numbers = np.append(code, code.max() + 1).astype(np.int64)
        ids = ids * len(numbers) + (numbers[group.columns[d]] if group.columns else code)
        # Made small again after each dimension, so that they never overflow.
        ids = np.unique(ids, return_inverse=True)[1]
    _, first, inverse, counts = np.unique(
        ids, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    rows = first[order]
    columns = {
        d: (group.columns[d][rows] if group.columns else rows).tolist() for d in group.dimensions
    }
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return _Projection(columns, counts[order].tolist(), places[inverse])
