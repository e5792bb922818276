"""Defaults that follow from other keys: from the task, or from the recipe `init`."""

from typing import Any, NamedTuple

from rnnsweep.recipes import RECIPES, Recipe
from rnnsweep.tasks import Task


class Implied(NamedTuple):
    """Where a default comes from.

    Attributes
    ----------
    by : str
        What decides it: "task" for the task itself, else the dotted key whose word does.
    name : str
        The attribute of the task, or of the recipe, that is the default.
    """

    by: str
    name: str


IMPLIED: dict[str, Implied] = {
    "model.output_activation": Implied("task", "output_activation"),
    "model.output": Implied("task", "output"),
    "train.loss": Implied("task", "loss"),
    **{f"model.{name}": Implied("model.init", name) for name in Recipe._fields},
}


def implied(key: str, decider: Task | str) -> Any:
    """Return the default of a key of `IMPLIED` from what decides it, the task or a word."""
    by, name = IMPLIED[key]
    return getattr(decider if by == "task" else RECIPES[str(decider)], name)
