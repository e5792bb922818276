"""The tables as pandas DataFrames: the same columns and numbers as in the files."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd

from rnnsweep.analysis.forecast import Forecast, ForecastErrors
from rnnsweep.analysis.importance import Importance
from rnnsweep.analysis.loss_table import loss_table
from rnnsweep.analysis.outcomes import Outcomes, codes_of
from rnnsweep.analysis.summary import Summary
from rnnsweep.analysis.survey import SUCCESS, Survey
from rnnsweep.array_types import Floats
from rnnsweep.record import VAL_LOSS
from rnnsweep.store.store import Store

from .epochs_table import epoch_numbers, head_cells, head_heading, numbers_heading
from .trials_table import ACCURACIES, BEST, END, trial_cells, trials_heading

_DTYPES = {
    **dict.fromkeys((*BEST, *ACCURACIES, *END, "wall_s"), "float64"),
    # Integers with empty cells.
    **dict.fromkeys(("n_params", "best_epoch", "diverged_epoch", *SUCCESS), "Int64"),
    "epochs_run": "int64",
}


def trials_frame(store: Store) -> pd.DataFrame:
    """Return the table of trials: a row for each trial with a record, in the sweep's order.

    The columns are those of `trials_heading`. Integers with empty cells are ``Int64``, losses
    ``float64``. A setting that is a list is JSON text.
    """
    survey = Survey(store)
    columns = _Columns(trials_heading(survey))
    for trial in store.trials():
        columns.add(trial_cells(trial, survey))
    return columns.frame()


def epochs_frame(store: Store) -> pd.DataFrame:
    """Return the table of epochs: a row for each epoch of each trial.

    After `EPOCH_COLUMNS` come the scores of the tasks and the metrics that the file requires; NaN
    where a trial does not have one.
    """
    survey = Survey(store)
    heads = _Columns(head_heading(survey))
    numbers: list[Floats] = []
    for trial, epochs in store.epoch_arrays():
        heads.add(head_cells(trial, survey))
        numbers.append(epoch_numbers(trial, epochs, survey))
    lengths = [len(rows) for rows in numbers]
    frame = heads.frame().take(np.repeat(np.arange(len(numbers)), lengths)).reset_index(drop=True)
    frame["epoch"] = np.concatenate([np.arange(0), *map(np.arange, lengths)])
    for place, name in enumerate(numbers_heading(survey)):
        # Column by column: joining all at once would take three times the memory of the table.
        frame[name] = np.concatenate([np.empty(0), *(rows[:, place] for rows in numbers)])
    return frame


def summary_frame(summary: Summary) -> pd.DataFrame:
    """Return a summary: a row for each combination of settings."""
    settings = {name: _column(name, cells) for name, cells in summary.settings.items()}
    frame = pd.DataFrame({**settings, **summary.statistics})
    frame.attrs["ci95_over"] = summary.over
    return frame


def forecast_frame(forecast: Forecast) -> pd.DataFrame:
    """Return a row for each forecast, with the columns that `Results.forecast` names."""
    times = {} if forecast.times is None else {"time": forecast.times}
    number = "sequence" if forecast.of_sequences else "row"
    columns = {"part": forecast.parts, number: forecast.rows, **times, "truth": forecast.truth}
    frame = pd.DataFrame({**columns, **forecast.predictions})
    for name in ("trial_id", "target", "horizon", "season"):
        frame.attrs[name] = getattr(forecast, name)
    frame.attrs["verdict"] = forecast.verdict()
    return frame


def forecast_errors_frame(forecast: Forecast) -> pd.DataFrame:
    """Return a row for each part and predictor."""
    return pd.DataFrame(forecast.errors(), columns=ForecastErrors._fields)


def table_frame(columns: Mapping[str, Any], attrs: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table of an analysis.

    Parameters
    ----------
    columns : mapping
        Columns by name. Those that begin with ``n_``, and ``n``, are whole numbers; lists of other
        values than floats stay as they are.
    attrs : mapping
        What holds for the whole table.
    """
    frame = pd.DataFrame({name: _analysed(name, cells) for name, cells in columns.items()})
    for name, value in attrs.items():
        frame.attrs[name] = value
    return frame


def _analysed(name: str, cells: Any) -> "pd.Series[Any]":
    if name == "n" or name.startswith("n_"):
        return pd.Series(cells, dtype="int64")
    floats = isinstance(cells, np.ndarray) or all(isinstance(cell, float) for cell in cells)
    return pd.Series(cells, dtype="float64" if floats else "object")


def importance_frame(importance: Importance) -> pd.DataFrame:
    """Return the shares of variance: a row for each setting, each pair, and what remains."""
    parts = importance.parts
    frame = pd.DataFrame(
        {
            "settings": [part.name for part in parts],
            "kind": [part.kind for part in parts],
            "share": [part.share for part in parts],
            "corrected_share": [part.corrected for part in parts],
            "ci95_low": [part.low for part in parts],
            "ci95_high": [part.high for part in parts],
            "df": [part.df for part in parts],
            "sum_sq": [part.sum_sq for part in parts],
        }
    )
    facts = ("measure", "method", "note", "n_trials", "n_diverged", "n_failed", "n_pending")
    frame.attrs = {name: getattr(importance, name) for name in facts}
    return frame


def curves_frame(
    outcomes: Outcomes,
    by: Sequence[str],
    epochs_of: Callable[[Sequence[str]], Iterable[Floats]],
) -> pd.DataFrame:
    """Return the table of `Results.curves`: median validation losses, a row for each epoch.

    Parameters
    ----------
    outcomes : Outcomes
    by : sequence of str
        Names of settings in `outcomes`: a column for each combination of their values.
    epochs_of : callable
        Returns the epochs of trials by their ids, as `Store.epochs_of` does.
    """
    trials = outcomes.take(np.flatnonzero(~outcomes.have("failed")))
    epochs_run = trials.numbers["epochs_run"]
    group = codes_of([trials.settings[name] for name in by], len(trials))
    _, first, sizes = np.unique(group, return_index=True, return_counts=True)
    groups = np.split(np.argsort(group, kind="stable"), np.cumsum(sizes))[:-1]
    curves = np.full((int(epochs_run.max(initial=0)), len(groups)), np.nan)
    for code, places in enumerate(groups):
        members = trials.take(places)
        n_epochs = int(members.numbers["epochs_run"].max())
        ends = members.numbers["diverged_epoch"]
        (losses,) = loss_table(epochs_of(members.trial_id), ends, [VAL_LOSS], n_epochs)
        curves[:n_epochs, code] = median = np.median(losses, axis=1)
        if np.isinf(median[-1]):
            curves[n_epochs:, code] = np.inf
    values = [[trials.settings[name][place] for place in first] for name in by]
    columns = pd.Index(["val_loss"][: len(groups)])
    if len(by) == 1:
        columns = pd.Index(values[0], name=by[0])
    elif by:
        columns = pd.MultiIndex.from_arrays(values, names=list(by))
    index = pd.RangeIndex(len(curves), name="epoch")
    return pd.DataFrame(curves, index=index, columns=columns)


class _Columns:
    """Collects a table row by row; most texts occur in many rows, and are in memory once."""

    def __init__(self, heading: Sequence[str]) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in heading}

    def add(self, row: Sequence[Any]) -> None:
        for column, cell in zip(self._columns.values(), row, strict=True):
            column.append(sys.intern(cell) if isinstance(cell, str) else cell)

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame({name: _column(name, cells) for name, cells in self._columns.items()})


def _column(name: str, cells: Sequence[Any]) -> "pd.Series[Any]":
    if {type(cell) for cell in cells} == {int, NoneType}:
        return pd.Series(cells, dtype="Int64")  # as float64, 3 would become 3.0
    return pd.Series(cells, dtype=_DTYPES.get(name))
