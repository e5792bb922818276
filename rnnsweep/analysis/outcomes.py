"""The outcomes of a sweep's trials in columns, from which the summary and the plots are computed.

They hold a few numbers for each trial and no epochs, so that 100,000 trials fit into memory.
"""

import json
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.store.rows import StoredTrial

# The attributes of `StoredTrial` that are always kept as numbers, 8 bytes each.
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
    """Columns with one value for each trial, in the order of trials.

    Attributes
    ----------
    trial_id, status : list of str
    settings : dict of list
        Columns of settings by name, as `setting_cells` returns them; None for a trial without the
        setting.
    numbers : dict of (n_trials,) array
        Columns of numbers by name: `NUMBERS`, and those that were asked for; NaN for a trial
        without the number.
    """

    trial_id: list[str]
    status: list[str]
    settings: dict[str, list[Any]]
    numbers: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.trial_id)

    def have(self, *statuses: str) -> Flags:
        """Return a boolean for each trial: whether its status is one of these."""
        return np.fromiter((status in statuses for status in self.status), np.bool_, len(self))

    def take(self, places: Codes) -> "Outcomes":
        """Return the outcomes of the trials at these places, in that order."""
        chosen = places.tolist()
        return Outcomes(
            [self.trial_id[place] for place in chosen],
            [self.status[place] for place in chosen],
            {name: [values[place] for place in chosen] for name, values in self.settings.items()},
            {name: numbers[places] for name, numbers in self.numbers.items()},
        )


class OutcomesSoFar:
    """Collects the outcomes, a trial at a time.

    Equal texts are in memory once, and so are equal numbers of neighbours.

    Parameters
    ----------
    settings : iterable of str
        Names of the settings to collect.
    numbers : iterable of str
        Attributes of `StoredTrial` to collect in addition to `NUMBERS`.
    """

    def __init__(self, settings: Iterable[str], numbers: Iterable[str] = ()) -> None:
        self._trial_id: list[str] = []
        self._status: list[str] = []
        self._settings: dict[str, list[Any]] = {name: [] for name in settings}
        self._numbers = {name: array("d") for name in (*NUMBERS, *numbers)}

    def add(self, trial: StoredTrial) -> None:
        """Add the outcome of a trial."""
        self._trial_id.append(trial.trial_id)
        self._status.append(sys.intern(trial.status))
        settings = setting_cells(trial, self._settings)
        for column, value in zip(self._settings.values(), settings, strict=True):
            column.append(_shared(value, column))
        for name, numbers in self._numbers.items():
            number = getattr(trial, name)
            numbers.append(math.nan if number is None else number)

    def all(self) -> Outcomes:
        """Return the outcomes of the trials so far."""
        numbers = {name: np.asarray(column) for name, column in self._numbers.items()}  # no copy
        return Outcomes(self._trial_id, self._status, self._settings, numbers)


def _shared(value: Any, column: Sequence[Any]) -> Any:
    """Return a value, as the object that is in memory already if the last one is equal.

    In the order of trials most settings change rarely: a number takes 24 bytes each time.
    """
    if isinstance(value, str):
        return sys.intern(value)
    last = column[-1] if column else None
    is_same = type(last) is type(value) and last == value
    return last if is_same and repr(last) == repr(value) else value  # 0.0 equals -0.0


def setting_cells(trial: StoredTrial, names: Iterable[str]) -> list[Any]:
    """Return the cells of a table for these settings of a trial.

    A list is JSON text. None is an empty cell: the trial does not have the setting.
    """
    values = map(trial.settings.get, names)
    return [
        json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
        for value in values
    ]


def codes_of(columns: Sequence[Sequence[Any]], n_trials: int) -> Codes:
    """Return a code for each trial, the same for trials with equal cells in all columns.

    Codes count from 0 in the order of trials.

    Parameters
    ----------
    columns : sequence of sequences
        Columns of cells; without any, all trials are equal.
    n_trials : int
    """
    known: dict[tuple[Any, ...], int] = {}
    rows = zip(*columns, strict=True) if columns else [()] * n_trials
    return np.fromiter((known.setdefault(row, len(known)) for row in rows), np.intp, n_trials)
