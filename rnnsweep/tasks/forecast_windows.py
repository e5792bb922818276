"""What forecasts are made from: the windows of a part, what followed them, and naive forecasts."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .scaling import Scale
from .windows import filled


class ForecastWindows(NamedTuple):
    """The windows of one part of a series, and what followed each of them.

    Attributes
    ----------
    x : (N, T, I) array
        The inputs, as a network takes them.
    scale : Scale
        That of the target: `scale.undo` turns the outputs of a network into the file's units.
    rows : (N,) int array
        The row of each target, counted from 0.
    times : list of str or None
        What the file calls these rows; None where no column names them.
    truth : (N,) array
        The targets, in the file's units.
    naive : dict of (N,) arrays
        The forecasts of each naive rule by its name, in the file's units.
    """

    x: Floats
    scale: Scale
    rows: NDArray[np.intp]
    times: list[str] | None
    truth: Floats
    naive: dict[str, Floats]


def persistence(series: Floats, rows: NDArray[np.intp], horizon: int) -> Floats:
    """Return the last value that is known `horizon` rows before each row; NaN without one.

    Parameters
    ----------
    series : (n,) array
        NaN where a value is missing.
    rows : (N,) int array
        Each at least `horizon`.
    horizon : int
    """
    return filled(series)[rows - horizon]


def seasonal_naive(series: Floats, rows: NDArray[np.intp], horizon: int, season: int) -> Floats:
    """Return the last value of the same season that is known `horizon` rows before each row.

    For row t that is the value of row t - k season, with the smallest k for which this row is at
    most t - horizon (Hyndman and Athanasopoulos 2021, section 5.2). Where it is missing, the value
    of an earlier season takes its place; NaN where no earlier one is known.

    Parameters
    ----------
    series : (n,) array
        NaN where a value is missing.
    rows : (N,) int array
    horizon, season : int
        In rows.
    """
    n_seasons = -(-len(series) // season)
    by_season = np.full(n_seasons * season, np.nan)
    by_season[: len(series)] = series
    known = filled(by_season.reshape(n_seasons, season)).ravel()
    earlier = rows - season * -(-horizon // season)
    return np.where(earlier >= 0, known[np.maximum(earlier, 0)], np.nan)
