"""The tables as DataFrames, for those who go on in Python."""

import sys
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd

from .epochs_table import Numbers, head_of, heads_heading, numbers_heading, numbers_of
from .store import Store
from .summary import Summary
from .survey import SUCCESS, Survey
from .tables import TAIL, trial_cells, trials_heading

_DTYPES = {
    **dict.fromkeys((*TAIL, "wall_s"), "float64"),
    **dict.fromkeys(("n_params", "best_epoch", "diverged_epoch", *SUCCESS), "Int64"),  # have gaps
    "epochs_run": "int64",
}


def trials_frame(store: Store) -> pd.DataFrame:
    """Return the table of trials, a row a trial with a record, in the sweep's order.

    `SUCCESS` stands there where a trial has a success criterion. Integers with gaps are ``Int64``,
    losses ``float64``; a setting that is a list is JSON text.
    """
    survey = Survey(store)
    rows = (trial_cells(trial, survey) for trial in store.trials())
    return _frame(trials_heading(survey), rows)


def epochs_frame(store: Store) -> pd.DataFrame:
    """Return the table of epochs, a row a trial and epoch.

    After `EPOCH_COLUMNS` come the scores of the tasks and the metrics that the file asks for; a
    trial may lack one.
    """
    survey = Survey(store)
    parts: list[Numbers] = []

    def heads() -> Iterable[list[Any]]:
        for trial, epochs in store.epoch_arrays():
            parts.append(numbers_of(trial, epochs, survey))
            yield head_of(trial, survey)

    trials = _frame(heads_heading(survey), heads())
    lengths = [len(part) for part in parts]
    frame = trials.take(np.repeat(np.arange(len(parts)), lengths)).reset_index(drop=True)
    frame["epoch"] = np.concatenate([np.arange(0), *map(np.arange, lengths)])
    for place, name in enumerate(numbers_heading(survey)):
        # A column at a time: all joined at once would be there three times.
        frame[name] = np.concatenate([np.empty(0), *(part[:, place] for part in parts)])
    return frame


def summary_frame(summary: Summary) -> pd.DataFrame:
    """Return a summary, a row a setting."""
    settings = {name: _column(name, cells) for name, cells in summary.settings.items()}
    return pd.DataFrame({**settings, **summary.statistics})


def _frame(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    columns: list[list[Any]] = [[] for _ in heading]
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            # Most texts stand in many rows.
            column.append(sys.intern(cell) if isinstance(cell, str) else cell)
    named = zip(heading, columns, strict=True)
    return pd.DataFrame({name: _column(name, column) for name, column in named})


def _column(name: str, cells: Sequence[Any]) -> "pd.Series[Any]":
    if {type(cell) for cell in cells} == {int, NoneType}:
        return pd.Series(cells, dtype="Int64")  # 3 stays 3 beside a gap
    return pd.Series(cells, dtype=_DTYPES.get(name))
