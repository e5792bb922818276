"""The best of the trials that ended so far, by the rule of `rnnsweep.store.rank`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rnnsweep.record import Record
from rnnsweep.store.rank import is_usable, problem_of, problem_settings
from rnnsweep.store.reader import StoredSweep
from rnnsweep.store.rows import StoredTrial
from rnnsweep.value_text import text_of

EndedTrial = Record | StoredTrial


class _Scored(NamedTuple):
    """A trial with what it is compared by: whether it diverged, then its score."""

    key: tuple[bool, float]
    trial_id: str
    loss: float
    baseline: float | None
    settings: dict[str, Any]


class BestSoFar:
    """Keeps the best trial as trials end; of equal ones, the first that ended.

    A trial takes a microsecond, and the memory is that of two trials' settings.

    Parameters
    ----------
    varied : sequence of str
        The settings that the sweep varies, and the seeds.
    """

    def __init__(self, varied: Sequence[str]) -> None:
        self._varied = tuple(varied)
        self._problem_settings = problem_settings(varied)
        self._by_loss: _Scored | None = None
        self._by_ratio: _Scored | None = None
        self._problem: str | None = None  # of the first trial
        self._problems_differ = False
        self._all_usable = True

    @classmethod
    def of(cls, store: StoredSweep) -> "BestSoFar":
        """Return the best of the trials that a store has."""
        info = store.info()
        best = cls([*info.swept, *info.seeds])
        if (stored := store.best_record()) is not None:
            best.add([stored])
        return best

    def add(self, trials: Iterable[EndedTrial]) -> None:
        """Compare some more trials with the best one."""
        for trial in trials:
            loss = trial.best_val_loss
            if trial.status == "failed" or loss is None or not math.isfinite(loss):
                continue
            diverged = trial.status == "diverged"
            self._by_loss = _better(self._by_loss, (diverged, loss), trial, loss)
            if self._problem_settings:
                self._add_over_baseline(trial, loss, diverged)

    def _add_over_baseline(self, trial: EndedTrial, loss: float, diverged: bool) -> None:
        if not self._problems_differ:  # a text of a problem takes 7 microseconds
            problem = problem_of(trial.settings, self._problem_settings)
            self._problem = self._problem or problem
            self._problems_differ = problem != self._problem
        baseline = trial.baseline
        if baseline is None or not is_usable(baseline):
            self._all_usable = False
            return
        self._by_ratio = _better(self._by_ratio, (diverged, loss / baseline), trial, loss)

    @property
    def _best(self) -> _Scored | None:
        over_baseline = self._problems_differ and self._all_usable
        return self._by_ratio if over_baseline else self._by_loss

    def __str__(self) -> str:
        """Return the best trial in a line; empty before any trial has a loss."""
        best = self._best
        if best is None:
            return ""
        of_baseline = "" if best.baseline is None else f" (baseline {text_of(best.baseline)})"
        settings = _listed(best.settings, self._varied)
        diverged = " before it diverged" if best.key[0] else ""
        return f"{text_of(best.loss)}{diverged}{of_baseline}{settings}, trial {best.trial_id}"


def _better(
    best: _Scored | None, key: tuple[bool, float], trial: EndedTrial, loss: float
) -> _Scored:
    if best is not None and best.key <= key:
        return best
    return _Scored(key, trial.trial_id, loss, trial.baseline, trial.settings)


def _listed(settings: Mapping[str, Any], names: Iterable[str]) -> str:
    present = ((name, settings.get(name)) for name in names)
    texts = [f"{name} {text_of(value)}" for name, value in present if value is not None]
    return f": {', '.join(texts)}" if texts else ""
