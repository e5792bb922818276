"""What one walk over a sweep's trials tells of all of them, in little memory."""

from collections import Counter
from collections.abc import Iterable

from rnnsweep.record import METRICS, metric_of
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.store import Store

from .baselines import BaselinesSoFar
from .outcomes import OutcomesSoFar, setting_cells

# What a trial has that seeks success, where one of these settings is above 0.
SUCCESS = ("updates_to_success", "sequences_to_success")
CRITERIA = ("val_loss_below", "accuracy_above")
# Kept beside the swept settings: the pictures name the loss and the criterion.
_ALWAYS_KEPT = ("loss", *CRITERIA)
_METRIC_COLUMNS = [begin for begins in METRICS.values() for begin in begins]


class Survey:
    """What the trials of a store have, and how each of them ended.

    Parameters
    ----------
    store : Store
    settings : iterable of str
        Names of settings to keep of every trial, beside the swept ones.

    Attributes
    ----------
    swept : list of str
        The settings that vary, without the seed.
    settings : list of str
        All that a trial has, as they first appear; the seed and a task's own last.
    extra : list of str
        Further columns of the epochs. Metrics stand together, after all others; one that an
        earlier file asked for is none of this file's columns.
    kinds : dict of set of type
        Of the values of each of `epochs_settings`.
    success : bool
        Whether a trial has a success criterion.
    accuracy : bool
        Whether a trial has an accuracy.
    outcomes : Outcomes
    problems : list of ProblemBaselines
        What the trivial predictors reach on each problem, in the order of trials.
    errors : Counter of str
        What went wrong in trials that failed.
    """

    def __init__(self, store: Store, settings: Iterable[str] = ()) -> None:
        info = store.info()
        self.swept = list(info.swept)
        names: dict[str, None] = {}
        extra: dict[str, None] = {}
        outcomes = OutcomesSoFar(dict.fromkeys([*self.swept, *_ALWAYS_KEPT, *settings]))
        baselines = BaselinesSoFar(self.swept)
        self.kinds: dict[str, set[type]] = {name: set() for name in self.epochs_settings}
        self.success = False
        self.errors: Counter[str] = Counter()
        for trial in store.trials():
            names.update(dict.fromkeys(trial.settings))
            extra.update(dict.fromkeys(trial.extra_columns))
            head = setting_cells(trial, self.kinds)
            for kinds, value in zip(self.kinds.values(), head, strict=True):
                kinds.add(type(value))
            self.success = self.success or _seeks_success(trial)
            outcomes.add(trial)
            baselines.add(trial)
            if trial.status == "failed":
                self.errors[error_line(trial)] += 1
        self.settings = _ordered(names or self.epochs_settings)  # no trial has ended yet
        asked = info.asked.metrics
        self.extra = sorted(
            (name for name in extra if (metric := metric_of(name)) is None or metric in asked),
            key=_place,
        )
        self.accuracy = "accuracy" in extra
        self.outcomes = outcomes.all()
        self.problems = baselines.by_problem()

    @property
    def epochs_settings(self) -> list[str]:
        """The settings in the table of epochs."""
        return [*self.swept, "seed"]


def error_line(trial: StoredTrial) -> str:
    """Return what went wrong in a trial: a table has one line a trial, whatever those of this."""
    return " ".join((trial.error or "").split())


def _ordered(names: Iterable[str]) -> list[str]:
    own = [name for name in names if name.startswith("task_")]
    return [*(name for name in names if name != "seed" and name not in own), "seed", *own]


def _place(column: str) -> int:
    """Return a number by which epoch columns are sorted; those of one metric have the same."""
    return next((i for i, begin in enumerate(_METRIC_COLUMNS) if column.startswith(begin)), -1)


def _seeks_success(trial: StoredTrial) -> bool:
    return any((trial.settings.get(name) or 0) > 0 for name in CRITERIA) or any(
        getattr(trial, name) is not None for name in SUCCESS
    )
