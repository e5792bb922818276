"""The swept settings as axes of the page's views: a label for each value, and ranges of many."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes
from rnnsweep.value_text import NONE, distinct_texts, is_none, text_of

from .columns import Column

# A number with more values is shown in ranges where each value needs its own place.
MANY_VALUES = 24
N_RANGES = 8


@dataclass(frozen=True)
class Axis:
    """A swept setting as an axis of the page's views.

    Attributes
    ----------
    name : str
        The column's name.
    values : list
        The different values: numbers ascending, words in the order of the trials, None last.
    labels : tuple of str
        A text for each value, all different; none where the values are in ranges.
    codes : (n_trials,) array of int
        For each trial, the place of its value.
    numeric : bool
        Whether all values but None are numbers.
    range_labels : tuple of str
        Where a number has more than `MANY_VALUES` values: the ranges in which they are shown, and
        a dash at the end for None.
    ranges : (n_values,) array of int
        For each value, the place of its range; for None the place after the last one.
    """

    name: str
    values: list[Any]
    labels: tuple[str, ...]
    codes: Codes
    numeric: bool
    range_labels: tuple[str, ...] = ()
    ranges: Codes = field(default_factory=lambda: np.zeros(0, np.intp))


def axis_of(name: str, column: Column) -> Axis:
    """Return the axis of a setting."""
    present = [value for value in column.values if not is_none(value)]
    numeric = bool(present) and all(_is_number(value) for value in present)
    if numeric:
        present.sort()
    ordered = [*present, *(value for value in column.values if is_none(value))]
    places = {value: place for place, value in enumerate(ordered)}
    moved = np.array([places[value] for value in column.values], np.intp)
    codes = moved[np.asarray(column.codes, np.intp)]
    if not numeric or len(present) <= MANY_VALUES:
        return Axis(name, ordered, distinct_texts(ordered), codes, numeric)
    parts = np.array_split(np.arange(len(present)), N_RANGES)
    ends = distinct_texts([float(present[i]) for part in parts for i in (part[0], part[-1])], 2)
    range_labels = [f"{ends[2 * i]} to {ends[2 * i + 1]}" for i in range(len(parts))]
    ranges = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    absent = len(ordered) - len(present)
    range_labels += [NONE] * absent
    ranges = np.append(ranges, [len(parts)] * absent)
    return Axis(name, ordered, (), codes, numeric, tuple(range_labels), ranges)


def value_label(axis: Axis, code: int) -> str:
    """Return a short text for a value; those of different values in ranges may be equal."""
    return axis.labels[code] if axis.labels else text_of(axis.values[code])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
