"""The validation losses of the trivial predictors on each problem of a sweep.

Trials on the same problem differ in their seeds, and so in their data. The loss of a predictor is
its mean over them.
"""

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rnnsweep.store.rank import problem_of, problem_settings
from rnnsweep.store.rows import StoredTrial


class ProblemBaselines(NamedTuple):
    """The losses of the trivial predictors on one of a sweep's problems."""

    settings: dict[str, Any]  # the swept settings in which problems differ, with their values
    losses: dict[str, float]  # of each predictor, its mean over trials; the best first


class BaselinesSoFar:
    """Collects the trivial predictors' losses, a trial at a time.

    Parameters
    ----------
    swept : iterable of str
        Names of the settings that vary.
    """

    def __init__(self, swept: Iterable[str]) -> None:
        self._names = problem_settings(swept)
        self._problems: dict[str, tuple[dict[str, Any], dict[str, array[float]]]] = {}

    def add(self, trial: StoredTrial) -> None:
        """Add the losses on a trial's problem; a trial that failed adds none."""
        if trial.status == "failed":
            return
        problem = problem_of(trial.settings, self._names)
        settings = {name: trial.settings.get(name) for name in self._names}
        _, losses = self._problems.setdefault(problem, (settings, {}))
        for name, loss in trial.baselines.items():
            if loss is not None:
                losses.setdefault(name, array("d")).append(loss)

    def by_problem(self) -> list[ProblemBaselines]:
        """Return the losses on each problem, in the order of trials."""
        return [
            ProblemBaselines(settings, _means(losses))
            for settings, losses in self._problems.values()
        ]


def common_baselines(problems: list[ProblemBaselines]) -> dict[str, float]:
    """Return the losses on the only problem, the best first; empty where there are several."""
    return problems[0].losses if len(problems) == 1 else {}


def _means(losses: Mapping[str, "array[float]"]) -> dict[str, float]:
    means = {name: math.fsum(values) / len(values) for name, values in losses.items()}
    return dict(sorted(means.items(), key=lambda item: item[1]))
