"""One trial of a results folder: what it was, how it ended, and the sweep file that reruns it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.store.reader import StoredSweep
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.trial_names import id_named
from rnnsweep.sweepfile import column
from rnnsweep.sweepfile.one_trial import TrialFiles


@dataclass(frozen=True)
class TrialView:
    """One trial.

    Attributes
    ----------
    trial : StoredTrial
    epochs : (epochs_run, n_columns) array
        As `rnnsweep.store.rows.read_epochs` returns them.
    folder, sweep : str
        The results folder, and the name of the sweep.
    varied : list of str
        Columns of the settings that the sweep varies, and of the seeds.
    in_file : list of str
        Columns of the other settings that its file names.
    file : str or None
        The sweep file that trains the trial alone; None if the sweep that was run last does not
        have the trial.
    """

    trial: StoredTrial
    epochs: Floats
    folder: str
    sweep: str
    varied: list[str]
    in_file: list[str]
    file: str | None

    def toml(self) -> str:
        """Return the sweep file that trains the trial alone.

        Raises
        ------
        SweepError
            If the sweep that was run last does not have the trial.
        """
        if self.file is None:
            raise SweepError(
                f"{self.folder}: the sweep file that was run last does not have trial "
                f"{self.trial.trial_id}, and the one that had it is not stored"
            )
        return self.file

    def as_plain_data(self) -> dict[str, Any]:
        """Return everything but the types of results: dicts, lists, texts and numbers.

        The epochs are columns by name; None where there is no number.
        """
        columns = (*EPOCH_COLUMNS, *self.trial.extra_columns)
        numbers = np.where(np.isfinite(self.epochs), self.epochs, np.nan)
        epochs = {
            name: [None if np.isnan(value) else value for value in numbers[:, place].tolist()]
            for place, name in enumerate(columns)
        }
        outcome = self.trial._asdict()
        del outcome["extra_columns"]
        return {"sweep": self.sweep, **outcome, "epochs": epochs, "toml": self.file}


def view_trial(store: StoredSweep, name: str) -> TrialView:
    """Return a trial by its id, the beginning of it, or "best".

    Raises
    ------
    SweepError
        If there is no such trial, there are several, or it has not ended yet.
    """
    info = store.info()
    trial_id = id_named(store, name)
    trial = store.trial(trial_id)
    assert trial is not None  # `id_named` has read it
    (epochs,) = store.epochs_of([trial_id])
    files = TrialFiles(info.text)
    varied = [*info.swept, *info.seeds]
    named = {column(key) for key in files.keys}
    return TrialView(
        trial,
        epochs,
        str(store.folder.path),
        info.name,
        varied,
        [each for each in trial.settings if each in named and each not in varied],
        None if store.position(trial_id) is None else files.toml(trial_id, trial.settings),
    )
