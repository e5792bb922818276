"""Tables: the store's trials and epochs as DataFrames and as CSV files."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .baselines import ProblemBaselines, baselines_by_problem
from .errors import SweepError
from .ranking import ranking
from .record import EPOCH_COLUMNS, METRICS, STATUSES, metric_of
from .store import Store
from .stored_trial import EpochRow, StoredTrial
from .summary import summary_frame

# Columns of the table of trials before and after the settings.
HEAD = ("trial_id", "status")
TAIL = (
    "n_params",
    "baseline",
    "epochs_run",
    "best_epoch",
    "best_val_loss",
    "test_loss",
    "final_train_loss",
    "final_val_loss",
    "diverged_epoch",
    "error",
)
# Before the error, where a trial has a success criterion: one of these settings above 0.
SUCCESS = ("updates_to_success", "sequences_to_success")
CRITERIA = ("val_loss_below", "accuracy_above")
_METRIC_COLUMNS = [begin for begins in METRICS.values() for begin in begins]
_WITH_GAPS = dict.fromkeys(("n_params", "best_epoch", "diverged_epoch", *SUCCESS), "Int64")
_DTYPES = {
    **dict.fromkeys(TAIL[:-1], "float64"),
    **_WITH_GAPS,
    "epochs_run": "int64",
    "wall_s": "float64",
}

Row = Sequence[Any]


class _Columns(NamedTuple):
    """Columns of the tables that not every sweep has, from one walk over its trials."""

    settings: list[str]
    extra: list[str]  # of the epochs
    success: bool

    @classmethod
    def of(cls, store: Store) -> "_Columns":
        """Look for settings and epoch columns as they first appear; the seed and a task's own last.

        Metrics stand together, after all other epoch columns. One that an earlier file asked for
        is none of this file's columns.
        """
        asked = store.info().asked.metrics
        names: dict[str, None] = {}
        extra: dict[str, None] = {}
        success = False
        for trial in store.trials():
            names.update(dict.fromkeys(trial.settings))
            extra.update(dict.fromkeys(trial.extra_columns))
            success = success or _seeks_success(trial)
        names = names or dict.fromkeys(_epochs_settings(store))  # no trial has ended yet
        own = [name for name in names if name.startswith("task_")]
        return cls(
            [*(name for name in names if name != "seed" and name not in own), "seed", *own],
            sorted(
                (name for name in extra if (metric := metric_of(name)) is None or metric in asked),
                key=_place,
            ),
            success,
        )


def _place(column: str) -> int:
    """Return a number by which epoch columns are sorted; those of one metric have the same."""
    return next((i for i, begin in enumerate(_METRIC_COLUMNS) if column.startswith(begin)), -1)


def _headings(extra: Sequence[str], settings: Sequence[str]) -> list[str]:
    """Name the extra columns in the table of epochs, none of them as a swept setting is called."""
    return [f"measured_{name}" if name in settings else name for name in extra]


def _seeks_success(trial: StoredTrial) -> bool:
    return any((trial.settings.get(name) or 0) > 0 for name in CRITERIA) or any(
        getattr(trial, name) is not None for name in SUCCESS
    )


class Results:
    """The results of a sweep, as `run` and `load` give them; tables are read when first used.

    Attributes
    ----------
    folder : Path
        Where they lie.
    swept : list of str
        The settings that vary, without the seed.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with Store.reader(self.folder) as store:
            self.swept = list(store.info().swept)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """The table of trials, as `trials_frame` gives it."""
        with Store.reader(self.folder) as store:
            return trials_frame(store)

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """The table of epochs, as `epochs_frame` gives it."""
        with Store.reader(self.folder) as store:
            return epochs_frame(store)

    def summary(self, by: str | Sequence[str] | None = None) -> pd.DataFrame:
        """Summarise the trials of each setting, the best first; see `summary_frame`.

        Parameters
        ----------
        by : str or sequence of str, optional
            The settings to tell apart; what the sweep varies if left out.
        """
        return summary_frame(self.trials, self.swept if by is None else by)

    def best(self, n: int = 5) -> pd.DataFrame:
        """Return the first `n` rows of the summary.

        Raises
        ------
        SweepError
            If `n` is no whole number of at least 1.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1:
            raise SweepError(f"n is {n!r}; allowed: a whole number of at least 1")
        return self.summary().head(n)

    @property
    def over_baseline(self) -> bool:
        """Whether trials are ranked by their losses over their baselines: see `ranking`."""
        return ranking(self.trials).over_baseline

    def baselines(self) -> dict[str, float]:
        """Return the validation loss of each trivial predictor, its mean over trials, best first.

        Empty where it means nothing, as where the trials' problems differ.
        """
        told = self.baselines_by_problem()
        return told[0].losses if len(told) == 1 else {}

    def baselines_by_problem(self) -> list[ProblemBaselines]:
        """Return the validation losses of the trivial predictors for each problem of the sweep.

        Problems differ in the task, what is the task's own, or the loss; they come in the order
        of trials.
        """
        with Store.reader(self.folder) as store:
            return baselines_by_problem(store)

    def __repr__(self) -> str:
        with Store.reader(self.folder) as store:
            counts = store.counts()
        told = (*STATUSES, "pending")
        parts = [f"{number} {word}" for word in told if (number := getattr(counts, word))]
        return f"Results({str(self.folder)!r}, {counts.total} trials: {', '.join(parts)})"


def load(folder: str | Path) -> Results:
    """Open the results of a sweep, finished or not.

    Raises
    ------
    ResultsError
        If the folder holds none, or they cannot be read.
    """
    return Results(folder)


def trials_frame(store: Store) -> pd.DataFrame:
    """Return the table of trials, a row a trial with a record, in the sweep's order.

    `SUCCESS` stands there where a trial has a success criterion. Integers with gaps are ``Int64``,
    losses ``float64``; a setting that is a list is JSON text.
    """
    return _frame(*_trials_table(store, _Columns.of(store)))


def epochs_frame(store: Store) -> pd.DataFrame:
    """Return the table of epochs, a row a trial and epoch.

    After `EPOCH_COLUMNS` come the scores of the tasks and the metrics that the file asks for; a
    trial may lack one.
    """
    settings, extra = _epochs_settings(store), _Columns.of(store).extra
    heads: list[Row] = []
    parts = [np.empty((0, 1 + len(EPOCH_COLUMNS) + len(extra)))]
    for trial, rows in store.epochs():
        heads.append([trial.trial_id, *_setting_cells(trial, settings)])
        # float64 takes None as NaN, and holds the number of an epoch exactly
        cells = [_epoch_cells(row, trial, extra) for row in rows]
        parts.append(np.array(cells, dtype=np.float64).reshape(len(rows), parts[0].shape[1]))
    lengths = [len(part) for part in parts[1:]]
    numbers = np.concatenate(parts)
    frame = _frame(["trial_id", *settings], heads)
    frame = frame.take(np.repeat(np.arange(len(heads)), lengths)).reset_index(drop=True)
    frame["epoch"] = numbers[:, 0].astype(np.int64)
    frame[[*EPOCH_COLUMNS, *_headings(extra, settings)]] = numbers[:, 1:]
    return frame


def timings_frame(store: Store) -> pd.DataFrame:
    """Return the table of times: `trial_id` and `wall_s`, the seconds a trial took."""
    return _frame(*_timings_table(store))


def write_tables(store: Store) -> None:
    """Write the four CSV files, each beside its place and then all into their places.

    Memory does not grow with the number of epochs: rows go from the store to the file. Only the
    summary holds the table of trials at once. Floats are written so that they read back exactly.

    Raises
    ------
    ResultsError
        If they cannot be written; then the files from before stay.
    """
    folder = store.folder
    columns = _Columns.of(store)
    trials = _frame(*_trials_table(store, columns))
    summary = summary_frame(trials, store.info().swept)
    tables = {
        folder.trials_csv: _trials_table(store, columns),
        folder.epochs_csv: _epochs_table(store, columns),
        folder.summary_csv: (
            list(summary.columns),
            map(_cells, summary.itertuples(index=False, name=None)),
        ),
        folder.timings_csv: _timings_table(store),
    }
    with ExitStack() as places:
        for path, (heading, rows) in tables.items():
            beside = places.enter_context(folder.replacing(path))
            _write_csv(beside, heading, rows)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a table with the same bytes on every system; the csv module writes repr(float)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _trials_table(store: Store, columns: _Columns) -> tuple[list[str], Iterator[Row]]:
    settings, _, success = columns
    tail = [*TAIL[:-1], *(SUCCESS if success else ()), TAIL[-1]]

    def rows() -> Iterator[Row]:
        for trial in store.trials():
            cells = _cells(getattr(trial, name) for name in tail[:-1])
            # a table has one line a trial, whatever the lines of its error
            error = trial.error and " ".join(trial.error.split())
            yield [trial.trial_id, trial.status, *_setting_cells(trial, settings), *cells, error]

    return [*HEAD, *settings, *tail], rows()


def _epochs_table(store: Store, columns: _Columns) -> tuple[list[str], Iterator[Row]]:
    settings, extra = _epochs_settings(store), columns.extra

    def rows() -> Iterator[Row]:
        for trial, epochs in store.epochs():
            head = [trial.trial_id, *_setting_cells(trial, settings)]
            for epoch in epochs:
                yield [*head, *_epoch_cells(epoch, trial, extra)]

    names = ["trial_id", *settings, "epoch", *EPOCH_COLUMNS, *_headings(extra, settings)]
    return names, rows()


def _epoch_cells(row: EpochRow, trial: StoredTrial, extra: Sequence[str]) -> Row:
    """Return an epoch with the extra columns of the table in place of the trial's own."""
    if list(trial.extra_columns) == extra:
        return row
    fixed = len(row) - len(trial.extra_columns)
    own = dict(zip(trial.extra_columns, row[fixed:], strict=True))
    return [*row[:fixed], *(own.get(name) for name in extra)]


def _timings_table(store: Store) -> tuple[list[str], Iterator[Row]]:
    return ["trial_id", "wall_s"], ([trial.trial_id, trial.wall_s] for trial in store.trials())


def _epochs_settings(store: Store) -> list[str]:
    return [*store.info().swept, "seed"]


def _setting_cells(trial: StoredTrial, names: Sequence[str]) -> list[Any]:
    return _cells(trial.settings.get(name) for name in names)


def _cells(values: Iterable[Any]) -> list[Any]:
    """Return what stands in a table for these values; None is an empty cell."""
    return [_cell(value) for value in values]


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value


def _frame(columns: Sequence[str], rows: Iterable[Row]) -> pd.DataFrame:
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pd.DataFrame(
        {name: _column(name, column) for name, column in zip(columns, values, strict=True)}
    )


def _column(name: str, values: Sequence[Any]) -> "pd.Series[Any]":
    if {type(value) for value in values} == {int, NoneType}:
        return pd.Series(values, dtype="Int64")  # 3 stays 3 beside a gap
    return pd.Series(values, dtype=_DTYPES.get(name))
