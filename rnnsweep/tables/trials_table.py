"""The table of trials: its columns, and the row of a trial."""

from operator import attrgetter
from typing import Any

from rnnsweep.analysis.outcomes import setting_cells
from rnnsweep.analysis.survey import SUCCESS, Survey, error_line
from rnnsweep.store.rows import StoredTrial

# Columns before and after the settings. `ACCURACIES` are there where a trial has an accuracy,
# `SUCCESS` where a trial has a success criterion.
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


def trials_heading(survey: Survey) -> list[str]:
    """Return the names of the columns."""
    return [*HEAD, *survey.settings, *_numbers(survey), "error"]


def trial_cells(trial: StoredTrial, survey: Survey) -> list[Any]:
    """Return the row of a trial, with the columns of `trials_heading`; None is an empty cell."""
    settings = setting_cells(trial, survey.settings)
    numbers = attrgetter(*_numbers(survey))(trial)
    return [trial.trial_id, trial.status, *settings, *numbers, error_line(trial) or None]


def _numbers(survey: Survey) -> tuple[str, ...]:
    """Return the names of the columns after the settings, which are attributes of a trial."""
    accuracies = ACCURACIES if survey.accuracy else ()
    return (*BEST, *accuracies, *END, *(SUCCESS if survey.success else ()))
