"""The table of trials without the columns that never vary: for other programs, and for eyes."""

from typing import Any, NamedTuple

from rnnsweep.analysis.survey import Survey
from rnnsweep.store.store import Store

from .table_files import SupportsWrite, cell_of, csv_writer
from .trials_table import trial_cells, trials_heading


class TidyColumns(NamedTuple):
    """Which columns of the table of trials vary.

    Attributes
    ----------
    varying : list of str
        Those that differ between two trials, with "trial_id", the swept settings and the seed.
    n_left_out : int
        How many other columns there are.
    trial_ids : frozenset of str
        The trials that were looked at: a run that goes on may add others.
    """

    varying: list[str]
    n_left_out: int
    trial_ids: frozenset[str]


def tidy_columns(store: Store, survey: Survey) -> TidyColumns:
    """Look at all trials, one by one, and return which columns vary.

    A single trial varies in nothing: then only empty columns are left out.
    """
    heading = trials_heading(survey)
    kept = {"trial_id", *survey.epochs_settings}
    first: list[Any] = []
    trial_ids = []
    for trial in store.trials():
        cells = trial_cells(trial, survey)
        trial_ids.append(trial.trial_id)
        first = first or cells
        if len(kept) < len(heading):
            kept.update(name for name, a, b in zip(heading, first, cells, strict=True) if a != b)
    if len(trial_ids) < 2:
        kept.update(name for name, cell in zip(heading, first, strict=False) if cell is not None)
    varying = [name for name in heading if name in kept]
    n_left_out = len(heading) - len(varying) if trial_ids else 0
    return TidyColumns(varying, n_left_out, frozenset(trial_ids))


def write_tidy_csv(store: Store, file: SupportsWrite) -> TidyColumns:
    """Write the columns that vary as CSV, with cells as in ``trials.csv``, and return which."""
    survey = Survey(store)
    columns = tidy_columns(store, survey)
    heading = trials_heading(survey)
    places = [heading.index(name) for name in columns.varying]
    write = csv_writer(file).writerow
    write(map(cell_of, columns.varying))
    for trial in store.trials():
        if trial.trial_id in columns.trial_ids:
            cells = trial_cells(trial, survey)
            write(cell_of(cells[place]) for place in places)
    return columns


def write_tidy_parquet(store: Store, path: str) -> TidyColumns:
    """Write the columns that vary as a Parquet file, and return which; needs pyarrow."""
    from .frames import trials_frame

    columns = tidy_columns(store, Survey(store))
    frame = trials_frame(store)
    frame = frame[frame["trial_id"].isin(columns.trial_ids)]
    frame[columns.varying].to_parquet(path, engine="pyarrow", index=False)
    return columns
