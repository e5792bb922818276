"""Axes: the keys that vary, with the values that each takes in turn."""

from dataclasses import dataclass
from typing import Any

MAX_TRIALS = 10_000_000


@dataclass(frozen=True)
class Axis:
    """The values that one key takes in turn.

    Attributes
    ----------
    key : str
        As in "model.hidden_size".
    values : tuple
        In their order.
    """

    key: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The name of the column: bare, but "task_" before a task's own keys."""
        return column(self.key)


def column(key: str) -> str:
    """Return the column in which the tables hold a key."""
    if key == "task.name":
        return "task"
    table, _, name = key.rpartition(".")
    return f"task_{name}" if table == "task" else name
