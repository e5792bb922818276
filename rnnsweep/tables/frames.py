"""The tables as DataFrames, for those who go on in Python."""

import sys
from collections.abc import Callable, Iterable, Sequence
from types import NoneType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnsweep.analysis.loss_table import loss_table
from rnnsweep.analysis.outcomes import Outcomes, codes_of
from rnnsweep.analysis.summary import Summary
from rnnsweep.analysis.survey import SUCCESS, Survey
from rnnsweep.record import VAL_LOSS
from rnnsweep.store.store import Store

from .epochs_table import Numbers, head_of, heads_heading, numbers_heading, numbers_of
from .write import ACCURACIES, BEST, END, trial_cells, trials_heading

_DTYPES = {
    **dict.fromkeys((*BEST, *ACCURACIES, *END, "wall_s"), "float64"),
    **dict.fromkeys(("n_params", "best_epoch", "diverged_epoch", *SUCCESS), "Int64"),  # have gaps
    "epochs_run": "int64",
}


def trials_frame(store: Store) -> pd.DataFrame:
    """Return the table of trials, a row a trial with a record, in the sweep's order.

    The columns are `trials_heading`'s. Integers with gaps are ``Int64``, losses ``float64``; a
    setting that is a list is JSON text.
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


def curves_frame(
    outcomes: Outcomes,
    by: Sequence[str],
    epochs_of: Callable[[Sequence[str]], Iterable[NDArray[np.float64]]],
) -> pd.DataFrame:
    """Return the median validation loss of each setting's trials, a row an epoch.

    As `Results.curves` has it; `epochs_of` gives the epochs of trials by their ids.
    """
    trials = outcomes.some(np.flatnonzero(~outcomes.have("failed")))
    run = trials.numbers["epochs_run"]
    group = codes_of([trials.settings[name] for name in by], len(trials))
    _, first, n_in_each = np.unique(group, return_index=True, return_counts=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(n_in_each))[:-1]
    curves = np.full((int(run.max(initial=0)), len(members)), np.nan)
    for code, places in enumerate(members):
        own = trials.some(places)
        n_epochs = int(own.numbers["epochs_run"].max())
        ends = own.numbers["diverged_epoch"]
        (losses,) = loss_table(epochs_of(own.trial_id), ends, [VAL_LOSS], n_epochs)
        curves[:n_epochs, code] = median = np.median(losses, axis=1)
        if np.isinf(median[-1]):
            curves[n_epochs:, code] = np.inf
    values = [[trials.settings[name][place] for place in first] for name in by]
    columns = pd.Index(["val_loss"][: len(members)])
    if len(by) == 1:
        columns = pd.Index(values[0], name=by[0])
    elif by:
        columns = pd.MultiIndex.from_arrays(values, names=list(by))
    index = pd.RangeIndex(len(curves), name="epoch")
    return pd.DataFrame(curves, index=index, columns=columns)


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
