"""What a checked file says: a value or axes for each key, and the defaults of the others."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from rnnsweep.cells import Cell
from rnnsweep.tasks import Sources, Task

from .keys import TASK_NAME, split_key
from .keys.file_words import FileWords
from .keys.implied import IMPLIED, implied
from .search.dimensions import Axis, Condition, Dimension

Fixed = dict[str, dict[str, Any]]
Picked = Mapping[str, Any]


class Choices:
    """The values of all keys whose own faults were ruled out.

    Parameters
    ----------
    fixed : dict of dict
        By table, the values of the keys that have no axis, or only axes under conditions; the
        table of the seeds is "".
    dimensions : sequence of Dimension
        In the order of trials, the last varying fastest.
    exclusions : sequence of Condition
        Which of their combinations are left out.
    words : FileWords
        The tasks and the cells of the file.
    sources : Sources
        Reads the files that tasks name.
    """

    def __init__(
        self,
        fixed: Fixed,
        dimensions: Sequence[Dimension],
        exclusions: Sequence[Condition],
        words: FileWords,
        sources: Sources,
    ) -> None:
        self.fixed = fixed
        self.dimensions = tuple(dimensions)
        self.exclusions = tuple(exclusions)
        self.words = words
        self._sources = sources
        # Trials come ordered by task, so that few tasks are needed at a time.
        self._cached_task = lru_cache(maxsize=1024)(self._new_task)
        self._axes: dict[str, list[tuple[int, Axis]]] = {}
        for number, dimension in enumerate(self.dimensions):
            for axis in dimension.axes:
                self._axes.setdefault(axis.key, []).append((number, axis))

    @property
    def files(self) -> Mapping[str, Path]:
        """Where the files are that tasks and cells were read from, by their paths in the file."""
        return self._sources.files

    @property
    def save_params(self) -> str:
        """Of which trials the params are kept; those of the best where a task forecasts a series.

        [output] save_params says otherwise.
        """
        words: str = self.fixed["output"].get("save_params", "best" if self.forecasts else "none")
        return words

    @property
    def forecasts(self) -> bool:
        """Whether a task of the file forecasts a series."""
        owners = self.words.owners("task")
        return any(self.words.tasks[word].forecasts for word in (owners.named if owners else ()))

    def axes_of(self, key: str) -> list[tuple[int, Axis]]:
        """Return the axes of a key, each with the number of its dimension.

        There are several where [[when]] blocks with conditions that exclude one another have them.
        """
        return self._axes.get(key, [])

    def varying(self, keys: Iterable[str]) -> set[str]:
        """Return the keys with axes that the values of some keys depend on.

        "task" means all keys of the task, and "cell" the cell itself.
        """
        varying: set[str] = set()
        pending = set(keys)
        seen: set[str] = set()
        while pending:
            key = pending.pop()
            seen.add(key)
            if key == "cell":
                pending |= {"model.cell"} - seen
                continue
            if key == "task":
                varying |= {other for other in self._axes if other.startswith("task.")}
                continue
            if key in self._axes:
                varying.add(key)
            if not self.always_in_file(key):
                pending |= {self._default_depends_on(key)} - seen - {""}
        return varying

    def dimensions_of(self, keys: Iterable[str]) -> set[int]:
        """Return the numbers of the dimensions that the values of some keys depend on."""
        return {number for key in self.varying(keys) for number, _ in self._axes[key]}

    def picked(self, digits: Mapping[int, int]) -> dict[str, Any]:
        """Return the values of the axes at some points; an absent dimension has none."""
        return {
            axis.key: axis.values[digit]
            for number, digit in digits.items()
            if digit >= 0
            for axis in self.dimensions[number].axes
        }

    def value(self, key: str, picked: Picked) -> Any:
        """Return the value of a key, with the values picked from the axes that it depends on.

        Raises
        ------
        pydantic.ValidationError
            It is the default of a task whose keys do not go together.
        KeyError
            The task has no such key, or a value that it needs is missing, such as the task's name
            where that varies and none was picked.
        """
        if key in picked:
            return picked[key]
        table, name = split_key(key)
        if name in self.fixed[table]:
            return self.fixed[table][name]
        if key == TASK_NAME.dotted:
            raise KeyError(key)
        if key in IMPLIED:
            by = IMPLIED[key].by
            return implied(key, self.task(picked) if by == "task" else self.value(by, picked))
        owners = self.words.owners(table)
        if owners is None:
            keys = self.words.keys(table)
        else:
            keys = owners.keys[self.value(owners.by.dotted, picked)]
        default = keys[name].field.default
        if default is not PydanticUndefined:
            return default
        if table == "task" and not keys[name].required:
            return getattr(self.task(picked), name)
        raise KeyError(key)

    def task(self, picked: Picked) -> Task:
        """Return the task with the values picked from the axes of [task].

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

    def cell(self, picked: Picked) -> Cell:
        """Return the cell as it is defined, without the values of [cell]."""
        return self.words.cells[self.value("model.cell", picked)]

    def make_task(self, values: Mapping[str, Any]) -> Task:
        """Return the task with these keys, name included; equal ones are made once."""
        return self._cached_task(tuple(values.items()))

    def _new_task(self, items: tuple[tuple[str, Any], ...]) -> Task:
        values = dict(items)
        return self.words.tasks[values["name"]].model_validate(values, context=self._sources)

    def in_file(self, key: str) -> bool:
        """Return whether the file has a key, as a value or as an axis."""
        table, name = split_key(key)
        return name in self.fixed[table] or key in self._axes

    def always_in_file(self, key: str) -> bool:
        """Return whether the file gives a key in every trial, so that its default is never used."""
        table, name = split_key(key)
        return name in self.fixed[table] or any(
            self.dimensions[number].condition is None for number, _ in self.axes_of(key)
        )

    def _default_depends_on(self, key: str) -> str:
        """Return what decides the default of a key: "task", another key, or nothing."""
        if key in IMPLIED:
            return IMPLIED[key].by
        table, name = split_key(key)
        owners = self.words.owners(table)
        if owners is None or key == owners.by.dotted:
            return ""
        # The keys of a word have defaults that depend on the word; some of a task on one another.
        own = [owners.keys[word][name] for word in owners.having(name)]
        by_others = any(not k.required and k.field.default is PydanticUndefined for k in own)
        return table if by_others else owners.by.dotted
