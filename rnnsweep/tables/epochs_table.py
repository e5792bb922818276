"""The table of epochs: its columns, and a trial's part of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.analysis.outcomes import setting_cells
from rnnsweep.analysis.survey import Survey
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.store.rows import StoredTrial

Numbers = NDArray[np.float64]


def heads_heading(survey: Survey) -> list[str]:
    """Name the columns that are alike in all epochs of a trial."""
    return ["trial_id", *survey.epochs_settings]


def numbers_heading(survey: Survey) -> list[str]:
    """Name the columns after `epoch`; none of them is called as a swept setting is."""
    settings = survey.epochs_settings
    extra = [f"measured_{name}" if name in settings else name for name in survey.extra]
    return [*EPOCH_COLUMNS, *extra]


def head_of(trial: StoredTrial, survey: Survey) -> list[Any]:
    """Return what stands in each of a trial's epochs, under `heads_heading`."""
    return [trial.trial_id, *setting_cells(trial, survey.epochs_settings)]


def numbers_of(trial: StoredTrial, epochs: Numbers, survey: Survey) -> Numbers:
    """Return a trial's epochs under `numbers_heading`; NaN where it has no such column.

    Parameters
    ----------
    trial : StoredTrial
    epochs : (epochs_run, 3 + n_extra) array
        `EPOCH_COLUMNS`, and the trial's own further columns.
    survey : Survey
    """
    if list(trial.extra_columns) == survey.extra:
        return epochs
    n_fixed = len(EPOCH_COLUMNS)
    found = np.full((len(epochs), n_fixed + len(survey.extra)), np.nan)
    found[:, :n_fixed] = epochs[:, :n_fixed]
    for place, name in enumerate(trial.extra_columns, start=n_fixed):
        if name in survey.extra:
            found[:, n_fixed + survey.extra.index(name)] = epochs[:, place]
    return found
