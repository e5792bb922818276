"""What the tables and plots need to know about all trials of a sweep, read in one pass.

That is which columns they have, their outcomes, baselines and errors; not their epochs, so that it
takes little memory.
"""

from collections import Counter
from collections.abc import Iterable

from rnnsweep.record import METRICS, metric_of
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.store import Store
from rnnsweep.vocabulary import SEEDS

from .baselines import BaselinesSoFar
from .outcomes import OutcomesSoFar, setting_cells

# A trial with a success criterion, where one of `CRITERIA` is above 0, has these columns.
SUCCESS = ("updates_to_success", "sequences_to_success")
CRITERIA = ("val_loss_below", "accuracy_above")
# Collected in addition to the swept settings, since the plots name the loss and the criterion.
_ALWAYS_COLLECTED = ("loss", *CRITERIA)
_METRIC_PREFIXES = [prefix for prefixes in METRICS.values() for prefix in prefixes]


class Survey:
    """The columns of the current sweep's trials in a store, and the outcome of each trial.

    Parameters
    ----------
    store : Store
    settings : iterable of str
        Names of settings to collect in addition to the swept ones.
    numbers : iterable of str
        Numbers of a trial to collect in addition to `rnnsweep.analysis.outcomes.NUMBERS`.

    Attributes
    ----------
    swept : list of str
        Names of the settings that vary, without the seeds.
    seeds : list of str
        Names of the seeds that are columns: "seed", and those of the others that the file has.
    settings : list of str
        Names of all settings of any trial, in the order in which they appear; the seeds and the
        task's own settings come last.
    extra : list of str
        Names of the epochs' columns after `EPOCH_COLUMNS`: the tasks' scores, then the metrics that
        the current file requires. Columns of one metric are neighbours.
    value_types : dict of set of type
        For each of `epochs_settings`, the Python types of its values.
    success : bool
        Whether a trial has a success criterion.
    accuracy : bool
        Whether a trial has an accuracy.
    outcomes : Outcomes
        With the swept settings, the seeds, and those of `settings`.
    n_pending : int
        How many trials of the sweep have not ended.
    problems : list of ProblemBaselines
        The trivial predictors' losses on each problem, in the order of trials.
    errors : Counter of str
        The errors of trials that failed, and how often each occurred.
    n_timed_out : int
        How many of them took longer than trial_timeout.
    """

    def __init__(
        self, store: Store, settings: Iterable[str] = (), numbers: Iterable[str] = ()
    ) -> None:
        info = store.info()
        self.swept, self.seeds = list(info.swept), list(info.seeds)
        names: list[str] = []
        extra: dict[str, None] = {}
        collected = dict.fromkeys([*self.swept, *self.seeds, *_ALWAYS_COLLECTED, *settings])
        outcomes = OutcomesSoFar(collected, numbers)
        baselines = BaselinesSoFar(self.swept)
        self.value_types: dict[str, set[type]] = {name: set() for name in self.epochs_settings}
        self.success = False
        self.errors: Counter[str] = Counter()
        self.n_timed_out = 0
        for trial in store.trials():
            if not trial.settings.keys() <= {*names}:
                names = _merged(names, trial.settings)
            extra.update(dict.fromkeys(trial.extra_columns))
            cells = setting_cells(trial, self.value_types)
            for types, cell in zip(self.value_types.values(), cells, strict=True):
                types.add(type(cell))
            self.success = self.success or _has_criterion(trial)
            outcomes.add(trial)
            baselines.add(trial)
            if trial.status == "failed":
                self.errors[_failure(trial)] += 1
                self.n_timed_out += trial.timeout_s is not None
        # Without a trial that has ended, the swept settings are all that is known.
        self.settings = self._ordered(names or self.swept)
        required = info.requirements.metrics
        self.extra = sorted(
            (name for name in extra if (metric := metric_of(name)) is None or metric in required),
            key=_metric_place,
        )
        self.accuracy = "accuracy" in extra
        self.outcomes = outcomes.all()
        self.n_pending = max(0, store.counts().total - len(self.outcomes))
        self.problems = baselines.by_problem()

    @property
    def epochs_settings(self) -> list[str]:
        """Names of the settings that are columns of the table of epochs."""
        return [*self.swept, *self.seeds]

    def _ordered(self, names: Iterable[str]) -> list[str]:
        others = [name for name in names if name not in SEEDS]
        of_task = [name for name in others if name.startswith("task_")]
        return [*(name for name in others if name not in of_task), *self.seeds, *of_task]


def _failure(trial: StoredTrial) -> str:
    """Return the error of a failed trial, without what differs among trials that took too long."""
    if trial.timeout_s is None:
        return error_line(trial)
    return f"took longer than trial_timeout = {trial.timeout_s:g} s"


def error_line(trial: StoredTrial) -> str:
    """Return the error of a trial in one line, as a table needs it; empty without an error."""
    return " ".join((trial.error or "").split())


def _merged(names: Iterable[str], settings: Iterable[str]) -> list[str]:
    """Return names with those of settings that are new.

    A value of a cell comes after what is before it in the settings, every other name at the end.
    """
    merged = list(names)
    place = 0
    for name in settings:
        if name not in merged:
            merged.insert(place if name.startswith("cell_") else len(merged), name)
        place = merged.index(name) + 1
    return merged


def _metric_place(column: str) -> int:
    """Return a number by which epoch columns are sorted: the same for all columns of a metric."""
    return next((i for i, prefix in enumerate(_METRIC_PREFIXES) if column.startswith(prefix)), -1)


def _has_criterion(trial: StoredTrial) -> bool:
    return any((trial.settings.get(name) or 0) > 0 for name in CRITERIA) or any(
        getattr(trial, name) is not None for name in SUCCESS
    )
