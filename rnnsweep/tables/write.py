"""Writes the tables of a sweep from its store into the results folder."""

from typing import TYPE_CHECKING

from rnnsweep.analysis.summary import summarise
from rnnsweep.analysis.survey import Survey
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store

from .epochs_csv import EpochsCsv
from .table_files import CsvFile
from .trials_table import trial_cells, trials_heading

if TYPE_CHECKING:
    from .epochs_parquet import EpochsParquet

TIMINGS = ("trial_id", "wall_s", "cpu")


def write_tables(store: Store, epochs_format: str = "csv", folder: Folder | None = None) -> None:
    """Write trials.csv, the table of epochs, summary.csv and timings.csv.

    Trials go from the store to the files one by one, so memory hardly grows with their number.
    All files are written under other names first, and renamed when the last one is complete.

    Parameters
    ----------
    store : Store
    epochs_format : {"csv", "parquet"}
        Whether to write epochs.csv or epochs.parquet. The other file, from an earlier run, is
        removed.
    folder : Folder, optional
        Where to write them; the store's own folder if left out.

    Raises
    ------
    ResultsError
        If a file cannot be written; then all earlier files stay.
    """
    folder, survey = folder or store.folder, Survey(store)
    epochs_path, outdated = folder.epochs_csv, folder.epochs_parquet
    if epochs_format == "parquet":
        epochs_path, outdated = outdated, epochs_path
    paths = [folder.trials_csv, epochs_path, folder.summary_csv, folder.timings_csv]
    with folder.replacing_all(paths) as (trials_csv, epochs, summary_csv, timings_csv):
        with (
            CsvFile(trials_csv, trials_heading(survey)) as trials,
            CsvFile(timings_csv, TIMINGS) as timings,
            _epochs_writer(epochs_format)(epochs, survey) as epochs_table,
        ):
            for trial, trial_epochs in store.epoch_arrays():
                trials.add(trial_cells(trial, survey))
                timings.add([getattr(trial, name) for name in TIMINGS])
                epochs_table.add(trial, trial_epochs)
        summary = summarise(survey.outcomes, survey.swept, survey.success)
        with CsvFile(summary_csv, summary.heading) as file:
            for row in summary.rows():
                file.add(row)
    folder.remove(outdated)


def _epochs_writer(epochs_format: str) -> "type[EpochsCsv | EpochsParquet]":
    if epochs_format == "csv":
        return EpochsCsv
    from .epochs_parquet import EpochsParquet  # needs pyarrow

    return EpochsParquet
