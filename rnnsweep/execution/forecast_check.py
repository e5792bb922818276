"""forecast.csv compared with the forecasts that the saved network makes now."""

import csv
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from rnnsweep.analysis.forecast import NETWORK
from rnnsweep.array_types import Floats
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep
from rnnsweep.tables.differences import table_difference
from rnnsweep.tables.forecast_csv import NoForecastError, read_forecast, write_forecast
from rnnsweep.training.cpu_type import CPU_TYPE

from .forecasting import best_forecast

# How far the outputs of one network may be apart on two types of CPU, in standard deviations of the
# truth: an output is a sum of rounded products, which is not magnified as training magnifies it.
_ROUNDING = 1e-3


class ForecastCheck(NamedTuple):
    """Whether there was a forecast to compare, and a line for each difference."""

    was_compared: bool
    differences: list[str]


def check_forecast(store: Store, sweep: Sweep, say: Callable[[str], None]) -> ForecastCheck:
    """Compare forecast.csv with what a run of the whole sweep would write.

    The network is not trained once more: its params are those of the store. While trials are
    pending, the file may be absent, or that of an earlier best trial, and is not compared then.

    Parameters
    ----------
    store : Store
    sweep : Sweep
        The whole sweep of the store.
    say : callable
        Takes a line for the user.
    """
    path = store.folder.forecast_csv
    forecast = best_forecast(store, sweep, say)
    if store.counts().pending and _is_stale(store):
        return ForecastCheck(was_compared=False, differences=[])
    if forecast is None:
        line = f"{path.name} is there, and the store has no network that it could be of"
        return ForecastCheck(path.exists(), [line] * path.exists())
    with TemporaryDirectory(prefix="rnnsweep-") as temporary:
        right = Folder(temporary)
        write_forecast(right, forecast)
        line_or_none = table_difference(path, right.forecast_csv)
        if line_or_none is None or _differs_by_rounding(store, path, right.forecast_csv):
            return ForecastCheck(was_compared=True, differences=[])
    return ForecastCheck(was_compared=True, differences=[line_or_none])


def _is_stale(store: Store) -> bool:
    """Return whether forecast.csv is absent, or is not of the trial that is the best now."""
    try:
        read_forecast(store, store.best())
    except NoForecastError:
        return True
    return False


def _differs_by_rounding(store: Store, path: Path, right: Path) -> bool:
    """Return whether the network's forecasts alone differ, as another type of CPU explains it."""
    if {*store.cpu_types()} <= {CPU_TYPE}:
        return False
    try:
        columns, right_columns = _columns(path), _columns(right)
        network, right_network = (_numbers(each.pop(NETWORK)) for each in (columns, right_columns))
        spread = float(np.std(_numbers(right_columns["truth"])))
    except (OSError, ValueError, LookupError, csv.Error):
        return False
    return columns == right_columns and np.allclose(
        network, right_network, rtol=0, atol=_ROUNDING * spread
    )


def _columns(path: Path) -> dict[str, tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    return dict(zip(heading, zip(*rows, strict=True), strict=True))


def _numbers(cells: tuple[str, ...]) -> Floats:
    return np.array(cells, np.float64)
