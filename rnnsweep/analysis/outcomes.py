"""How the trials of a sweep ended, in columns: what the summary and the pictures are made of."""

import json
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.store.rows import StoredTrial

# What is kept of every trial, 8 bytes each: attributes of `StoredTrial`.
NUMBERS = (
    "best_val_loss",
    "baseline",
    "test_loss",
    "test_baseline",
    "epochs_run",
    "diverged_epoch",
    "updates_to_success",
)


@dataclass(frozen=True)
class Outcomes:
    """A value a trial in every column, in the order of trials.

    Attributes
    ----------
    trial_id, status : list of str
    settings : dict of list
        Some of the settings by name, as cells of a table; None where a trial has none.
    numbers : dict of (n_trials,) array
        `NUMBERS` by name, NaN where there is none.
    """

    trial_id: list[str]
    status: list[str]
    settings: dict[str, list[Any]]
    numbers: dict[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.trial_id)

    def have(self, *statuses: str) -> NDArray[np.bool_]:
        """Return for each trial whether its status is one of these."""
        return np.fromiter((status in statuses for status in self.status), np.bool_, len(self))

    def some(self, places: NDArray[np.intp]) -> "Outcomes":
        """Return the trials at these places, in that order."""
        chosen = places.tolist()
        return Outcomes(
            [self.trial_id[place] for place in chosen],
            [self.status[place] for place in chosen],
            {name: [values[place] for place in chosen] for name, values in self.settings.items()},
            {name: numbers[places] for name, numbers in self.numbers.items()},
        )


class OutcomesSoFar:
    """Outcomes that grow by a trial at a time; equal texts are kept once.

    Parameters
    ----------
    settings : iterable of str
        Names of the settings to keep.
    """

    def __init__(self, settings: Iterable[str]) -> None:
        self._trial_id: list[str] = []
        self._status: list[str] = []
        self._settings: dict[str, list[Any]] = {name: [] for name in settings}
        self._numbers = {name: array("d") for name in NUMBERS}

    def add(self, trial: StoredTrial) -> None:
        """Take down how a trial ended."""
        self._trial_id.append(trial.trial_id)
        self._status.append(sys.intern(trial.status))
        settings = setting_cells(trial, self._settings)
        for column, value in zip(self._settings.values(), settings, strict=True):
            column.append(sys.intern(value) if isinstance(value, str) else value)
        for name, numbers in self._numbers.items():
            number = getattr(trial, name)
            numbers.append(math.nan if number is None else number)

    def all(self) -> Outcomes:
        """Return the outcomes of the trials so far."""
        numbers = {name: np.array(column) for name, column in self._numbers.items()}
        return Outcomes(self._trial_id, self._status, self._settings, numbers)


def setting_cells(trial: StoredTrial, names: Iterable[str]) -> list[Any]:
    """Return what stands in a table for these settings of a trial; None is an empty cell."""
    values = map(trial.settings.get, names)
    return [
        json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        for value in values
    ]


def codes_of(columns: Sequence[Sequence[Any]], n_trials: int) -> NDArray[np.intp]:
    """Return a number for each trial: equal combinations of values have one, the first has 0.

    Parameters
    ----------
    columns : sequence of sequences
        Cells, a column each; with none of them all trials are alike.
    n_trials : int
    """
    known: dict[tuple[Any, ...], int] = {}
    rows = zip(*columns, strict=True) if columns else [()] * n_trials
    return np.fromiter((known.setdefault(row, len(known)) for row in rows), np.intp, n_trials)
