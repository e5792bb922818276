"""What the trivial predictors reach on each problem of a sweep."""

import json
import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rnnsweep.store.rank import of_the_problem
from rnnsweep.store.rows import StoredTrial


class ProblemBaselines(NamedTuple):
    """What the trivial predictors reach on one of a sweep's problems."""

    settings: dict[str, Any]  # the swept ones that tell the problem from the others
    losses: dict[str, float]  # of each predictor the mean over trials, the best first


class BaselinesSoFar:
    """The trivial predictors' losses, which grow by a trial at a time.

    Parameters
    ----------
    swept : iterable of str
        The settings that vary.
    """

    def __init__(self, swept: Iterable[str]) -> None:
        self._names = of_the_problem(swept)
        self._problems: dict[str, tuple[dict[str, Any], dict[str, array[float]]]] = {}

    def add(self, trial: StoredTrial) -> None:
        """Take down the losses on a trial's problem; one that failed tells nothing."""
        if trial.status == "failed":
            return
        own = {name: trial.settings.get(name) for name in self._names}
        _, losses = self._problems.setdefault(json.dumps(own) if own else "", (own, {}))
        for name, loss in trial.baselines.items():
            if loss is not None:
                losses.setdefault(name, array("d")).append(loss)

    def by_problem(self) -> list[ProblemBaselines]:
        """Return them for each problem, in the order of trials."""
        return [ProblemBaselines(own, _means(losses)) for own, losses in self._problems.values()]


def common(problems: list[ProblemBaselines]) -> dict[str, float]:
    """Return the losses of the only problem, the best first; empty where there are several."""
    return problems[0].losses if len(problems) == 1 else {}


def _means(losses: Mapping[str, "array[float]"]) -> dict[str, float]:
    means = {name: math.fsum(values) / len(values) for name, values in losses.items()}
    return dict(sorted(means.items(), key=lambda item: item[1]))
