"""The axis of time in plots of a series: numbers, dates, other names of rows, or rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .lettering import value_labels, width
from .style import SMALL_SIZE

# ISO 8601 without a time zone, of years that matplotlib has; NumPy takes more, such as "now".
_DATE = re.compile(r"[1-9]\d{3}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d)?)?)?$")


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """Where the rows of a series are along the axis.

    Attributes
    ----------
    rows : (n,) int array
        The numbers of the rows, which ascend.
    places : (n,) array of numbers or dates
        Where they are; they ascend as well.
    label : str
        What the axis shows.
    names : sequence of str or None
        What is written at a row; None where the places say it themselves.
    """

    rows: NDArray[np.intp]
    places: NDArray[Any]
    label: str
    names: Sequence[str] | None = None

    def with_gaps(self, shown: slice, values: Floats) -> tuple[NDArray[Any], Floats]:
        """Return the places and values of some rows, with a NaN where rows are left out."""
        rows, places, values = self.rows[shown], self.places[shown], values[shown]
        breaks = np.flatnonzero(np.diff(rows) > 1) + 1
        return np.insert(places, breaks, places[breaks]), np.insert(values, breaks, np.nan)

    def set_up(self, axes: Axes, shown: slice, inches: float) -> None:
        """Set the limits and the ticks of an axis of so many inches that shows these rows."""
        places = self.places[shown]
        if len(places) > 1:
            margin = (places[-1] - places[0]) / 60
            axes.set_xlim(places[0] - margin, places[-1] + margin)
        else:
            axes.set_xticks(places, None if self.names is None else value_labels(self.names))
            return
        if np.issubdtype(self.places.dtype, np.datetime64):
            locator = AutoDateLocator()  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(
                ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
            )
        elif self.names is not None:
            names = value_labels(self.names[shown])
            widest = max(width(name, SMALL_SIZE) for name in names) + 0.2
            n = max(min(len(names), int(inches / widest)), 1)
            at = np.unique(np.linspace(0, len(names) - 1, n).round().astype(int))
            axes.set_xticks(places[at], [names[place] for place in at])
        else:
            axes.ticklabel_format(axis="x", useOffset=False, style="plain")


def time_axis(rows: NDArray[np.intp], times: Sequence[str] | None) -> TimeAxis:
    """Return the axis of these rows, by what the file calls them.

    Numbers and dates that ascend are along the axis as they are. Other names are written at the
    rows, which are counted from 0 without any.
    """
    if times is None:
        return TimeAxis(rows, rows, "row, counted from 0")
    for read in (_numbers, _dates):
        places: NDArray[Any] | None = read(times)
        if places is not None and (places[1:] > places[:-1]).all():
            return TimeAxis(rows, places, "")
    return TimeAxis(rows, rows, "", times)


def _numbers(times: Sequence[str]) -> Floats | None:
    try:
        numbers = np.array([*map(float, times)])
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _dates(times: Sequence[str]) -> NDArray[np.datetime64] | None:
    if not all(map(_DATE.match, times)):
        return None
    try:
        return np.array(times, "datetime64[s]")
    except ValueError:  # a month 13
        return None
