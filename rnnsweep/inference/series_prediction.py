"""Forecasts of a saved network for a series in a CSV file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnsweep.precision import limits
from rnnsweep.tasks.reading.csv_file import Table, TableReader
from rnnsweep.tasks.reading.files import SourceError, read_with
from rnnsweep.tasks.reading.quoting import quoted
from rnnsweep.tasks.scaling import Scale
from rnnsweep.tasks.windows import any_within, filled, windows_of

from .predicted import Predictions, Row
from .saved import SavedNetwork

Outputs = Callable[[NDArray[np.float64]], Iterator[tuple[int, NDArray[np.floating]]]]


def forecasts(saved: SavedNetwork, path: Path, outputs_of: Outputs) -> Predictions:
    """Return a forecast for each row with a full window of inputs before it.

    The file is read, and missing inputs are treated, as in training.

    Parameters
    ----------
    saved : SavedNetwork
    path : Path
    outputs_of : callable
        Takes windows (N, T, I) and yields the network's outputs batch by batch, each with the
        number of its first window.

    Raises
    ------
    SourceError
        If the file cannot be read or does not fit the network.
    """
    settings, encoding = saved.settings, saved.encoding
    names, window = json.loads(settings["task_inputs"]), settings["task_window"]
    scales = {name: Scale(*scale) for name, scale in encoding["scaling"].items()}
    # Networks saved by an earlier version have no such key: they were trained without gaps.
    missing = encoding.get("missing", "refuse")
    table = read_with(TableReader(**encoding.get("reading", {})), path)
    _check_columns(table, names, missing)
    if table.n_rows < window:
        raise SourceError(f"it has {table.n_rows} rows; a window takes {window}")
    scaled = np.stack([scales[name].apply(table.columns[name]) for name in names], axis=1)
    dtype = saved.model.dtype.name
    for name, column in zip(names, scaled.T, strict=True):
        if (bad := np.abs(column) > limits(dtype).largest).any():
            i = int(bad.argmax())
            raise SourceError(
                f"row {i + 1}, column {quoted(name)}: {table.columns[name][i]} is too large to be "
                f"scaled in {dtype}, the network's precision"
            )
    if missing == "previous":
        scaled = filled(scaled)
    usable = ~any_within(np.logical_or.reduce(np.isnan(scaled), axis=1), window)
    if not usable.any():
        raise SourceError(
            f"every window of {window} rows touches a missing value, and none can be predicted from"
        )
    windows = windows_of(scaled, window)
    # A view, if all are usable: a copy of the windows takes T times the memory of the series.
    starts = np.flatnonzero(usable)
    if len(starts) < len(windows):
        windows = windows[starts]
    target = settings["task_target"]
    ahead = window - 1 + settings["task_horizon"]  # from a window's first row to its forecast

    def rows() -> Iterator[Row]:
        for first, outputs in outputs_of(windows):
            # If there is an output at every time step, the last one has seen the whole window.
            last = outputs.reshape(len(outputs), -1)[:, -1]
            values = scales[target].undo(last.astype(np.float64))
            for start, value in zip(starts[first:], values.tolist(), strict=False):
                yield [ahead + int(start), value]

    return Predictions(["row", target], rows())


def _check_columns(table: Table, names: list[str], missing: str) -> None:
    """Raise `SourceError` unless the table has these columns, as the network needs them."""
    for name in names:
        if text := table.fault(name, missing != "refuse", ", an input"):
            if name in table.gaps:
                text += (
                    "; give every row a number, or train the network with "
                    'missing = "previous" or "drop"'
                )
            raise SourceError(text)
