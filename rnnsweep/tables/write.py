"""Tables: the store's trials and epochs as files beside it."""

import tomllib
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from rnnsweep.analysis.outcomes import setting_cells
from rnnsweep.analysis.summary import summarise
from rnnsweep.analysis.survey import SUCCESS, Survey, error_line
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.store import Store

from .epochs_csv import EpochsCsv
from .table_files import CsvFile

if TYPE_CHECKING:
    from .epochs_parquet import EpochsParquet

# Columns of the table of trials before and after the settings. `ACCURACIES` are there where a
# trial has an accuracy, `SUCCESS` where one has a success criterion.
HEAD = ("trial_id", "status")
BEST = (
    "n_params",
    "baseline",
    "epochs_run",
    "best_epoch",
    "best_val_loss",
    "test_loss",
    "test_baseline",
)
ACCURACIES = ("best_val_accuracy", "test_accuracy")
END = (
    "final_train_loss",
    "final_val_loss",
    "diverged_epoch",
)
TIMINGS = ("trial_id", "wall_s")


def write_tables(store: Store) -> None:
    """Write the four tables, each beside its place and then all into their places.

    Rows go from the store to the files, so memory hardly grows with the number of trials. Floats
    are written so that they read back exactly. Epochs go into a CSV or a Parquet file, as the
    sweep file says; one of the other kind, from an earlier run, goes.

    Raises
    ------
    ResultsError
        If they cannot be written; then the files from before stay.
    """
    folder, survey = store.folder, Survey(store)
    epochs_path, stale = folder.epochs_csv, folder.epochs_parquet
    if in_parquet := _epochs_form(store.info().text) == "parquet":
        epochs_path, stale = stale, epochs_path
    paths = [folder.trials_csv, epochs_path, folder.summary_csv, folder.timings_csv]
    with folder.replacing_all(paths) as (trials_csv, epochs, summary_csv, timings_csv):
        with (
            CsvFile(trials_csv, trials_heading(survey)) as trials,
            CsvFile(timings_csv, TIMINGS) as timings,
            _epochs_file(in_parquet)(epochs, survey) as epochs_table,
        ):
            for trial, numbers in store.epoch_arrays():
                trials.add(trial_cells(trial, survey))
                timings.add([getattr(trial, name) for name in TIMINGS])
                epochs_table.add(trial, numbers)
        summary = summarise(survey.outcomes, survey.swept, survey.success)
        with CsvFile(summary_csv, summary.heading) as file:
            for row in summary.rows():
                file.add(row)
    folder.remove(stale)


def trials_heading(survey: Survey) -> list[str]:
    """Name the columns of the table of trials."""
    return [*HEAD, *survey.settings, *_tail(survey), "error"]


def trial_cells(trial: StoredTrial, survey: Survey) -> list[Any]:
    """Return a trial's row under `trials_heading`; None is an empty cell."""
    settings = setting_cells(trial, survey.settings)
    tail = attrgetter(*_tail(survey))(trial)
    return [trial.trial_id, trial.status, *settings, *tail, error_line(trial) or None]


def _tail(survey: Survey) -> tuple[str, ...]:
    accuracies = ACCURACIES if survey.accuracy else ()
    return (*BEST, *accuracies, *END, *(SUCCESS if survey.success else ()))


def _epochs_file(in_parquet: bool) -> "type[EpochsCsv | EpochsParquet]":
    if not in_parquet:
        return EpochsCsv
    from .epochs_parquet import EpochsParquet

    return EpochsParquet


def _epochs_form(text: str) -> str:
    """Return what the text of a sweep file says of the table of epochs."""
    form: str = tomllib.loads(text).get("output", {}).get("epochs", "csv")
    return form
