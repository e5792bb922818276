"""What a checked file says: a fixed value or an axis for each key, and what follows from them."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rnnsweep.tasks import TASKS, Sources, Task

from .axes import Axis
from .keys import MODEL_KEYS, SEED, TASK_KEYS, TRAIN_KEYS
from .models import IMPLIED, implied

Fixed = dict[str, dict[str, Any]]
_KEPT_TASKS = 1024


class Choices:
    """The values of all keys whose own faults were ruled out.

    Parameters
    ----------
    fixed : dict of dict
        By table, the values of the keys that have no axis; the seed's table is "".
    axes : iterable of Axis
        In the order of trials, the last varying fastest.
    sources : Sources
        Reads the files that tasks name.
    """

    def __init__(self, fixed: Fixed, axes: Iterable[Axis], sources: Sources) -> None:
        self.fixed = fixed
        self.axes = tuple(axes)
        self._sources = sources
        self._tasks: dict[tuple[Any, ...], Task] = {}

    @property
    def count(self) -> int:
        """The number of trials."""
        return math.prod(len(axis.values) for axis in self.axes)

    def axes_of(self, keys: Iterable[str]) -> list[Axis]:
        """Return the axes that the values of some keys depend on.

        "task" stands for all keys of the task. What a task implies depends on its name.
        """
        wanted = set(keys)
        if any(key in IMPLIED and not self.given(key) for key in wanted):
            wanted.add("task.name")
        return [
            axis
            for axis in self.axes
            if axis.key in wanted or ("task" in wanted and axis.key.startswith("task."))
        ]

    def combinations(self, axes: Iterable[Axis]) -> Iterator[dict[str, Any]]:
        """Yield every combination of the values of some axes, by key."""
        axes = list(axes)
        for values in itertools.product(*(axis.values for axis in axes)):
            yield dict(zip((axis.key for axis in axes), values, strict=True))

    def value(self, key: str, picked: Mapping[str, Any]) -> Any:
        """Return the value of a key, given those picked from the axes it depends on."""
        if key in picked:
            return picked[key]
        table, _, name = key.rpartition(".")
        if name in self.fixed[table]:
            return self.fixed[table][name]
        if key in IMPLIED:
            return implied(TASKS[self.value("task.name", picked)], key)
        if table == "task":
            return TASK_KEYS[self.value("task.name", picked)][name].field.default
        keys = {"model": MODEL_KEYS, "train": TRAIN_KEYS, "": {"seed": SEED}}[table]
        return keys[name].field.default

    def task(self, picked: Mapping[str, Any]) -> Task:
        """Return the task, given what was picked from the axes of [task].

        Raises
        ------
        pydantic.ValidationError
            Its keys do not go together.
        """
        values = dict(self.fixed["task"])
        for key, value in picked.items():
            if key.startswith("task."):
                values[key.removeprefix("task.")] = value
        return self.make_task(values)

    def make_task(self, values: dict[str, Any]) -> Task:
        """Return the task with these keys, name included; equal ones are made once."""
        wanted = tuple(values.items())
        found = self._tasks.get(wanted)
        if found is None:
            found = TASKS[values["name"]].model_validate(values, context=self._sources)
            # Trials come ordered by task, so that forgetting all now and then costs little.
            if len(self._tasks) >= _KEPT_TASKS:
                self._tasks.clear()
            self._tasks[wanted] = found
        return found

    def given(self, key: str) -> bool:
        """Return whether the file holds a key, as a value or as an axis."""
        table, _, name = key.rpartition(".")
        return name in self.fixed[table] or any(axis.key == key for axis in self.axes)
