"""What the trivial predictors reach on each problem of a sweep."""

import json
import math
from typing import Any, NamedTuple

from .ranking import of_the_problem
from .store import Store


class ProblemBaselines(NamedTuple):
    """What the trivial predictors reach on one of a sweep's problems."""

    settings: dict[str, Any]  # the swept ones that tell the problem from the others
    losses: dict[str, float]  # of each predictor the mean over trials, the best first


def baselines_by_problem(store: Store) -> list[ProblemBaselines]:
    """Return them for each problem that a trial without a failure has, in the order of trials."""
    problems: dict[str, tuple[dict[str, Any], dict[str, list[float]]]] = {}
    names = of_the_problem(store.info().swept)
    for trial in store.trials():
        if trial.status == "failed":
            continue
        own = {name: trial.settings.get(name) for name in names}
        _, losses = problems.setdefault(json.dumps(own), (own, {}))
        for name, loss in trial.baselines.items():
            if loss is not None:
                losses.setdefault(name, []).append(loss)
    return [ProblemBaselines(own, _means(losses)) for own, losses in problems.values()]


def _means(losses: dict[str, list[float]]) -> dict[str, float]:
    means = {name: math.fsum(values) / len(values) for name, values in losses.items()}
    return dict(sorted(means.items(), key=lambda item: item[1]))
