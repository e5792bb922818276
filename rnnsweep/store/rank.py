"""When the losses of a sweep's trials compare, and when they are taken over their baselines."""

from collections.abc import Iterable
from typing import Any

_OF_THE_LOSS = ("loss", "huber_delta")
# How much of a problem is shown; the problem stays.
_SIZES = ("task_n_train", "task_n_val", "task_n_test", "task_fresh")


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
