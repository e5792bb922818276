"""Windows over a series, and which of them touch a missing value."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


def filled(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return columns (n, ...) with each NaN replaced by the last value before it.

    Nothing comes from later rows: what is missing at the start stays so.
    """
    missing = np.isnan(columns)
    if not missing.any():
        return columns
    rows = np.arange(len(columns)).reshape(-1, *[1] * (columns.ndim - 1))
    last = np.maximum.accumulate(np.where(missing, 0, rows), axis=0)
    found: NDArray[np.float64] = np.take_along_axis(columns, last, axis=0)
    return found


def any_within(flags: Flags, width: int) -> Flags:
    """Return for each span of `width` rows, (n - width + 1,), whether one of its flags is set."""
    if len(flags) < width:
        return np.zeros(0, np.bool_)
    counts = np.concatenate([[0], np.cumsum(flags)])
    spans: Flags = counts[width:] > counts[: len(counts) - width]
    return spans


def windows_of(inputs: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return a view of columns (n, I) as windows (n - window + 1, window, I)."""
    # sliding_window_view puts the window's axis last.
    return sliding_window_view(inputs, window, axis=0).transpose(0, 2, 1)
