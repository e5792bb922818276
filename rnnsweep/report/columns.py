"""Columns with a value for each trial, of which few are different: each is kept once."""

from array import array
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Rows that are taken apart together: a fifth of the time that it takes one by one.
_TOGETHER = 1000


@dataclass
class Column:
    """The values of one column, in the order of trials.

    Attributes
    ----------
    values : list
        The different values, in the order in which they occur.
    codes : array of int
        For each trial, the place of its value.
    """

    values: list[Any] = field(default_factory=list)
    codes: "array[int]" = field(default_factory=lambda: array("I"))
    _places: dict[Any, int] = field(default_factory=dict)

    def extend(self, values: Sequence[Any]) -> None:
        """Add the values of the next trials."""
        for value in dict.fromkeys(values):
            if value not in self._places:
                self._places[value] = len(self.values)
                self.values.append(value)
        self.codes.extend(map(self._places.__getitem__, values))


class Columns:
    """Collects columns, a row of all of them for each trial at a time."""

    def __init__(self) -> None:
        self._columns: dict[Any, Column] = {}
        self._rows: list[Mapping[Any, Any]] = []
        self._n_before = 0

    def add(self, row: Mapping[Hashable, Any]) -> None:
        """Add the values of the next trial by the names of their columns."""
        self._rows.append(row)
        if len(self._rows) == _TOGETHER:
            self._take_apart()

    def all(self) -> dict[Any, Column]:
        """Return the columns so far by name; None is the value of a trial without the column."""
        self._take_apart()
        return self._columns

    def _take_apart(self) -> None:
        for name in dict.fromkeys(name for row in self._rows for name in row):
            if name not in self._columns:
                self._columns[name] = Column()
                self._columns[name].extend([None] * self._n_before)
        for name, column in self._columns.items():
            column.extend([row.get(name) for row in self._rows])
        self._n_before += len(self._rows)
        self._rows.clear()
