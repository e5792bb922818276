"""Defaults that follow from other keys: from the task, the recipe `init`, or `seed`."""

from typing import Any, NamedTuple

from rnnsweep.recipes import RECIPES, Recipe
from rnnsweep.tasks import Task
from rnnsweep.vocabulary import SEEDS


class Implied(NamedTuple):
    """Where a default comes from.

    Attributes
    ----------
    by : str
        What decides it: "task" for the task itself, else the dotted key whose value does.
    name : str
        The attribute of the task, or of the recipe, that is the default; empty where the value
        itself is.
    """

    by: str
    name: str


IMPLIED: dict[str, Implied] = {
    "model.output_activation": Implied("task", "output_activation"),
    "model.output": Implied("task", "output"),
    "train.loss": Implied("task", "loss"),
    **{f"model.{name}": Implied("model.init", name) for name in Recipe._fields},
    **{name: Implied("seed", "") for name in SEEDS[1:]},
}


def implied(key: str, decider: Task | str | int) -> Any:
    """Return the default of a key of `IMPLIED` from what decides it, the task or a value."""
    by, name = IMPLIED[key]
    if not name:
        return decider
    return getattr(decider if by == "task" else RECIPES[str(decider)], name)
