"""What the page shows of a sweep's trials, read from its store in one pass."""

import math
from array import array
from dataclasses import dataclass

import numpy as np

from rnnsweep.analysis.baselines import BaselinesSoFar, ProblemBaselines
from rnnsweep.analysis.outcomes import Outcomes, OutcomesSoFar, setting_cells
from rnnsweep.analysis.survey import error_line
from rnnsweep.array_types import Floats
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import SweepInfo
from rnnsweep.sweepfile.one_trial import TrialFiles
from rnnsweep.vocabulary import SEEDS

from .columns import Column, Columns
from .curves import CurvesSoFar

ID = "{trial_id}"
# Numbers of a trial that are shown in addition to those of `Outcomes`.
NUMBERS = ("best_epoch", "n_params", "best_val_accuracy", "test_accuracy", "final_val_loss")


@dataclass(frozen=True)
class Collected:
    """The trials of a sweep that have ended, in the order of trials.

    Attributes
    ----------
    outcomes : Outcomes
        With the swept settings, the seeds and the loss.
    settings : dict of Column
        All settings of any trial by name; None for a trial that does not have one.
    numbers : dict of (n_trials,) array
        Columns by name, which are `NUMBERS`; NaN for a trial without the number.
    errors : Column
        Of each trial its error in one line; empty without an error.
    lines : list of Column
        The lines of the sweep file that reruns each trial alone, in which `ID` is in the place of
        the trial's id; None after the last line.
    curves : CurvesSoFar
    problems : list of ProblemBaselines
    """

    outcomes: Outcomes
    settings: dict[str, Column]
    numbers: dict[str, Floats]
    errors: Column
    lines: list[Column]
    curves: CurvesSoFar
    problems: list[ProblemBaselines]


def collect(store: Store, info: SweepInfo) -> Collected:
    """Read the trials of the current sweep."""
    swept, files = info.swept, TrialFiles(info.text)
    outcomes = OutcomesSoFar(dict.fromkeys([*swept, *SEEDS, "loss"]))
    baselines, curves = BaselinesSoFar(swept), CurvesSoFar()
    settings, lines, errors = Columns(), Columns(), Columns()
    numbers = {name: array("d") for name in NUMBERS}
    for trial, epochs in store.epoch_arrays():
        cells = setting_cells(trial, trial.settings)
        settings.add(dict(zip(trial.settings, cells, strict=True)))
        text = files.toml(ID, trial.settings)
        lines.add(dict(enumerate(text.splitlines(keepends=True))))
        errors.add({"error": error_line(trial)})
        for name, column in numbers.items():
            number = getattr(trial, name)
            column.append(math.nan if number is None else number)
        outcomes.add(trial)
        baselines.add(trial)
        curves.add(epochs, trial.diverged_epoch)
    return Collected(
        outcomes.all(),
        settings.all(),
        {name: np.asarray(column) for name, column in numbers.items()},
        errors.all().get("error", Column()),
        [*lines.all().values()],
        curves,
        baselines.by_problem(),
    )
