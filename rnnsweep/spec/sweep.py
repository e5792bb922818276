"""A sweep: the ordered trials of a checked file, each made when it is asked for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from operator import index as as_index
from pathlib import Path
from typing import Any, overload

from rnnsweep.tasks import Task

from .axes import Axis, column
from .choices import Choices
from .keys import SEED, TABLES
from .models import IMPLIED, ModelConfig, TrainConfig, implied
from .trial_id import task_text, trial_id


@dataclass(frozen=True)
class Config:
    """What the user chose for one trial, with every default filled in."""

    task: Task
    model: ModelConfig
    train: TrainConfig
    seed: int

    def settings(self) -> dict[str, Any]:
        """Return the settings by the names of their columns, in the columns' order.

        All are texts and numbers; a list of column names is JSON text.
        """
        task = self.task.model_dump()
        return (
            {"task": task.pop("name")}
            | self.model.__dict__
            | self.train.__dict__
            | {"seed": self.seed}
            | {column(f"task.{name}"): as_cell(value) for name, value in task.items()}
        )


@dataclass(frozen=True)
class Trial:
    """One combination of settings with one seed."""

    trial_id: str
    config: Config


class Sweep(Sequence[Trial]):
    """The trials of a sweep file, in order: the last axis varies fastest.

    Attributes
    ----------
    path : Path
        The sweep file.
    stem : str
        Its name without the ending.
    text : str
        The file with the overrides applied.
    axes : tuple of Axis
        What is swept over, values as the tables write them.
    """

    def __init__(self, path: Path, text: str, choices: Choices) -> None:
        self.path = path
        self.stem = path.stem
        self.text = text
        self.axes = tuple(
            Axis(axis.key, tuple(as_cell(value) for value in axis.values)) for axis in choices.axes
        )
        self._choices = choices
        self._count = choices.count
        # Table, bare name and values of each axis, the fastest first.
        self._digits = [
            (*axis.key.rpartition(".")[::2], axis.values) for axis in reversed(choices.axes)
        ]
        self._last_task: tuple[Task, str] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        """Return a trial by its position, as a list does; a slice gives a tuple of trials."""
        if isinstance(index, slice):
            return tuple(self._trial(i) for i in range(*index.indices(self._count)))
        position = as_index(index)
        if position < 0:
            position += self._count
        if not 0 <= position < self._count:
            raise IndexError(f"trial {index} of {self._count}")
        return self._trial(position)

    def _trial(self, position: int) -> Trial:
        fixed = self._choices.fixed
        values: dict[str, dict[str, Any]] = {
            "": dict(fixed[""]),
            **{table: dict(fixed[table]) for table in TABLES},
        }
        for table, name, axis_values in self._digits:
            position, digit = divmod(position, len(axis_values))
            values[table][name] = axis_values[digit]
        task, text = self._task(values["task"])
        for key in IMPLIED:
            table, name = key.split(".")
            values[table].setdefault(name, implied(type(task), key))
        model = ModelConfig.model_validate(values["model"])
        train = TrainConfig.model_validate(values["train"])
        seed = values[""].get("seed", SEED.field.default)
        return Trial(trial_id(text, task, model, train, seed), Config(task, model, train, seed))

    def _task(self, values: dict[str, Any]) -> tuple[Task, str]:
        """Return a task and its text; neighbours in the order of trials mostly share both."""
        task = self._choices.make_task(values)
        last = self._last_task
        if last is None or last[0] is not task:
            last = (task, task_text(task))
            self._last_task = last
        return last


def as_cell(value: Any) -> Any:
    """Return a setting as the tables write it: a list of names becomes JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
