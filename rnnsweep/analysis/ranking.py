"""What trials are ranked by: the best validation loss, or where problems differ, its ratio.

A loss says nothing beside that of another problem, or of another kind of loss. Where a sweep
varies these, each trial's loss is taken over its own baseline, the loss of the best trivial
predictor on the same validation part. This is the one rule for the rank in the summary, for the
best trial, and for what the pictures show.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .outcomes import Outcomes, codes_of

_OF_THE_LOSS = ("loss", "huber_delta")
# How much of a problem is shown; the problem stays.
_SIZES = ("task_n_train", "task_n_val", "task_n_test", "task_fresh")


class Ranking(NamedTuple):
    """What trials are ranked by.

    Attributes
    ----------
    scores : (n_trials,) array
        The lower the better; infinite where the trial diverged, NaN where it has no loss.
    over_baseline : bool
        Whether these are losses over the trials' own baselines.
    """

    scores: NDArray[np.float64]
    over_baseline: bool


def of_the_problem(names: Iterable[str]) -> list[str]:
    """Return those of these settings in which trials may differ whose losses do not compare."""
    return [
        name
        for name in names
        if name == "task"
        or name in _OF_THE_LOSS
        or (name.startswith("task_") and name not in _SIZES)
    ]


def over_baseline(problems: Iterable[Any], baselines: Iterable[float | None]) -> bool:
    """Tell whether trials are ranked by their losses over their baselines.

    Parameters
    ----------
    problems : iterable
        Of every trial with a loss, equal where its losses compare.
    baselines : iterable of float or None
        Of the same trials. One that has none, or 0, leaves nothing but the losses themselves.
    """
    return len(set(problems)) > 1 and all(b is not None and b > 0 for b in baselines)


def ranking(outcomes: Outcomes) -> Ranking:
    """Return what trials are ranked by, as far as their outcomes hold what varies."""
    loss, baseline = outcomes.numbers["best_val_loss"], outcomes.numbers["baseline"]
    scores = np.where(outcomes.have("failed"), np.nan, loss)
    told = ~np.isnan(scores)
    columns = [outcomes.settings[name] for name in of_the_problem(outcomes.settings)]
    problems = codes_of(columns, len(outcomes))
    found = over_baseline(problems[told].tolist(), baseline[told].tolist())
    if found:
        with np.errstate(over="ignore"):  # a loss near the largest number there is
            scores = scores / np.where(told, baseline, 1.0)
    return Ranking(np.where(outcomes.have("diverged"), np.inf, scores), found)
