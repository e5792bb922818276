"""The table of epochs: its columns, and the rows of a trial.

A trial's rows begin with its id and settings, the same in each of them (its head). Then come the
epoch and the numbers measured in it.
"""

from typing import Any

import numpy as np

from rnnsweep.analysis.outcomes import setting_cells
from rnnsweep.analysis.survey import Survey
from rnnsweep.array_types import Floats
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.store.rows import StoredTrial


def head_heading(survey: Survey) -> list[str]:
    """Return the names of the columns that are the same in all epochs of a trial."""
    return ["trial_id", *survey.epochs_settings]


def head_cells(trial: StoredTrial, survey: Survey) -> list[Any]:
    """Return a trial's cells in the columns of `head_heading`."""
    return [trial.trial_id, *setting_cells(trial, survey.epochs_settings)]


def numbers_heading(survey: Survey) -> list[str]:
    """Return the names of the columns after `epoch`; a metric named as a setting is `measured_`."""
    settings = survey.epochs_settings
    extra = [f"measured_{name}" if name in settings else name for name in survey.extra]
    return [*EPOCH_COLUMNS, *extra]


def epoch_numbers(trial: StoredTrial, epochs: Floats, survey: Survey) -> Floats:
    """Return a trial's epochs in the columns of `numbers_heading`, NaN in those it does not have.

    Parameters
    ----------
    trial : StoredTrial
    epochs : (epochs_run, 3 + n_extra) array
        As `read_epochs` returns them: `EPOCH_COLUMNS`, then the trial's extra columns.
    survey : Survey
    """
    if list(trial.extra_columns) == survey.extra:
        return epochs
    n_fixed = len(EPOCH_COLUMNS)
    numbers = np.full((len(epochs), n_fixed + len(survey.extra)), np.nan)
    numbers[:, :n_fixed] = epochs[:, :n_fixed]
    for place, name in enumerate(trial.extra_columns, start=n_fixed):
        if name in survey.extra:
            numbers[:, n_fixed + survey.extra.index(name)] = epochs[:, place]
    return numbers
