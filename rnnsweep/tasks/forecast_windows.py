"""What forecasts are made from: the windows of a part, what followed them, and naive forecasts."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .scaling import Scale
from .windows import filled


class ForecastWindows(NamedTuple):
    """Windows of one part of a series, and what followed each of them.

    Attributes
    ----------
    part : str
        "validation" or "test".
    x : (N, T, I) array
        The inputs, as a network takes them.
    scale : Scale
        That of the target: `scale.undo` turns the outputs of a network into the series' units.
    rows : (N,) int array
        The row of each target, or the number of its sequence, counted from 0.
    times : list of str or None
        What the file calls these rows; None where no column names them.
    truth : (N,) array
        The targets, in the units of the series.
    naive : dict of (N,) arrays
        The forecasts of each naive rule by its name, in the same units.
    lengths : (N,) int array or None
        As in `Part`.
    """

    part: str
    x: Floats
    scale: Scale
    rows: NDArray[np.intp]
    times: list[str] | None
    truth: Floats
    naive: dict[str, Floats]
    lengths: NDArray[np.int64] | None = None


class SeriesToForecast(NamedTuple):
    """What a task forecasts, and the windows to forecast from.

    Attributes
    ----------
    target : str
        What is forecast, as axes and sentences name it: a column, or "Lorenz x / 10".
    horizon : int
        How many rows, or time steps, the target is after the last input.
    season : int
        The rows of a season; 0 without one.
    of_sequences : bool
        Whether each window is a sequence of its own. If not, the windows are in the order of time.
    windows : iterator of ForecastWindows
        Those of the validation part, then those of the test part, each in one piece or in several.
    """

    target: str
    horizon: int
    season: int
    of_sequences: bool
    windows: Iterator[ForecastWindows]


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
