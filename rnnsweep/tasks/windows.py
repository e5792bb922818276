"""Windows over a series, and which of them contain a missing value."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rnnsweep.array_types import Flags


def filled(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return columns (n, ...) with each NaN replaced by the last value before it.

    Nothing comes from later rows: values missing at the start stay missing.
    """
    missing = np.isnan(columns)
    if not missing.any():
        return columns
    rows = np.arange(len(columns)).reshape(-1, *[1] * (columns.ndim - 1))
    last = np.maximum.accumulate(np.where(missing, 0, rows), axis=0)
    whole: NDArray[np.float64] = np.take_along_axis(columns, last, axis=0)
    return whole


def any_within(flags: Flags, width: int) -> Flags:
    """Return for each span of `width` rows whether one of its flags is set, (n - width + 1,)."""
    if len(flags) < width:
        return np.zeros(0, np.bool_)
    counts = np.concatenate([[0], np.cumsum(flags)])
    spans: Flags = counts[width:] > counts[: len(counts) - width]
    return spans


def at_the_start(missing: Flags) -> Flags:
    """Return which of the missing values have no value before them."""
    first: Flags = np.logical_and.accumulate(missing)
    return first


@dataclass(frozen=True, eq=False)
class Usable:
    """Which windows contain no missing value.

    Attributes
    ----------
    last, every : (n - window + 1 - horizon,) bool arrays
        One flag a window, by its first row: for a target after the window's last row (output
        "last"), and for a target after each of its rows (output "every").
    """

    last: Flags
    every: Flags

    @classmethod
    def of(cls, at_inputs: Flags, at_target: Flags, window: int, horizon: int) -> "Usable":
        """Find the usable windows of a series of n rows.

        Parameters
        ----------
        at_inputs, at_target : (n,) bool arrays
            In which rows an input is missing, and in which the target.
        window, horizon : int
        """
        n = len(at_target) - (window - 1 + horizon)
        # Persistence predicts the last target that is present, so that it needs an earlier one.
        unknown = at_the_start(at_target)
        inputs = any_within(at_inputs, window)[:n]
        last_rows = slice(window - 1, window - 1 + n)
        at_last = at_target[window - 1 + horizon :] | unknown[last_rows]
        at_every = any_within(at_target, window)[horizon:] | any_within(unknown, window)[:n]
        return cls(~(inputs | at_last), ~(inputs | at_every))

    def windows(self, output: str) -> Flags:
        """Return the flags for an output, "last" or "every"."""
        return self.every if output == "every" else self.last


def windows_of(inputs: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return a view of columns (n, I) as windows (n - window + 1, window, I)."""
    # sliding_window_view puts the window's axis last.
    return sliding_window_view(inputs, window, axis=0).transpose(0, 2, 1)
