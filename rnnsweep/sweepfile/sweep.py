"""A sweep: the ordered trials of a checked file, each made when it is indexed."""

import hashlib
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from operator import index as as_index
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from rnnsweep.tasks import Task
from rnnsweep.vocabulary import SEEDS

from .choices import Choices
from .config import Config, Trial, as_cell
from .keys import SEED_KEYS, TABLES, any_keys, split_key
from .keys.implied import IMPLIED, implied
from .keys.tables import ModelConfig, StopConfig, TrainConfig
from .search.combinations import Combinations
from .search.dimensions import Axis, Dimension, point_numbers
from .trial_cell import TrialCell, trial_cell
from .trial_id import RESULTS_VERSION, task_text, trial_id

# The keys whose defaults a task implies: table, bare name, dotted name.
_OF_TASK = [(*split_key(key), key) for key, source in IMPLIED.items() if source.by == "task"]

# The keys whose values name files. What these contain is in the ids of trials.
_OF_FILES = {"task.name", "task.path", "model.cell"}
_FINGERPRINT_DIGITS = 16

# Table, bare name and values of each axis of a dimension.
_Points = list[tuple[str, str, Sequence[Any]]]

_Table = TypeVar("_Table", ModelConfig, TrainConfig, StopConfig)


class Sweep(Sequence[Trial]):
    """The trials of a sweep file, in order: a sequence whose items are made when they are indexed.

    ``len(sweep)`` is the number of trials; ``sweep[i]`` is one of them, and a slice is a tuple of
    them. Each has a `trial_id` (text) and a `config` with the settings by table: ``config.task``,
    ``config.model``, ``config.train``, ``config.stop``, ``config.seed``, ``config.seed_data``,
    ``config.seed_init`` and ``config.seed_order``. The data of a trial are
    ``config.task.data(config.seed_data, config.model.output)``: the parts ``train``, ``val`` and
    ``test``, each with the arrays ``x``, ``y``, ``persistence`` (what that predictor says),
    ``lengths`` and ``mask`` (the time steps whose targets count); the last three are None where
    the task has none.

    Attributes
    ----------
    path : Path
        The sweep file.
    stem : str
        Its name without the ending.
    text : str
        The text of the file after the overrides.
    dimensions : tuple of Dimension
        What varies independently, with the values as the tables write them.
    axes : tuple of Axis
        Every key that varies, once, with its different values.
    seeds : tuple of str
        The seeds that are columns of the tables: "seed", and those of the others that the file
        has.
    metrics : tuple of str
        The keys of [metrics] that are true.
    save_params : str
        Which trained params are kept: "none", "best" or "all".
    forecasts : bool
        Whether a task forecasts a series, of which a run writes the best forecast.
    epochs_format : str
        The format of the table of epochs: "csv" or "parquet".
    trial_timeout : float
        How long a trial may take, in seconds; 0 is no limit.
    notes : tuple of str
        What a user should know about the data although it is no fault, such as windows that
        are left out.
    positions : sequence of int
        The position of each trial among all trials of the file: 0, 1, ... unless this is a part.
    shard : str
        Which part this is, such as "3/8"; empty for all trials of the file.
    n_in_file : int
        The number of all trials of the file.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        choices: Choices,
        combinations: Combinations,
        notes: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.stem = path.stem
        self.text = text
        self.dimensions = tuple(_as_cells(dimension) for dimension in choices.dimensions)
        self.axes = _axes(self.dimensions)
        self.seeds = tuple(name for name in SEEDS if name == "seed" or choices.in_file(name))
        recorded = choices.fixed["metrics"]
        self.metrics = tuple(name for name in any_keys("metrics") if recorded.get(name, False))
        self.save_params = choices.save_params
        self.forecasts = choices.forecasts
        self.epochs_format: str = _recorded(choices, "output", "epochs")
        self.trial_timeout: float = _recorded(choices, "run", "trial_timeout")
        self.notes = tuple(notes)
        self._choices = choices
        self._combinations = combinations
        self.n_in_file = combinations.count
        self.positions: Sequence[int] = range(self.n_in_file)
        self.shard = ""
        self._points = _points(choices.dimensions)
        # Few tasks, and few cells, are those of many trials.
        self._task_and_text = lru_cache(maxsize=1024)(self._new_task_and_text)
        self._cell = lru_cache(maxsize=1024)(self._new_cell)

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        """Return a trial by its position, as a list does; a slice gives a tuple of trials."""
        if isinstance(index, slice):
            return tuple(map(self.trial_at, self.positions[index]))
        place = as_index(index)
        if place < 0:
            place += len(self)
        if not 0 <= place < len(self):
            raise IndexError(f"no trial {index}; the sweep has {len(self)}, counted from 0")
        return self.trial_at(self.positions[place])

    def __repr__(self) -> str:
        shard = f", shard {self.shard}" if self.shard else ""
        return f"Sweep({str(self.path)!r}, {len(self)} trials{shard})"

    @property
    def files(self) -> Mapping[str, Path]:
        """Where the files are that the sweep's trials are made from, by their paths in its file."""
        return self._choices.files

    def trial_at(self, position: int) -> Trial:
        """Return the trial at a position among all trials of the file."""
        config, cell, text = self._config_at(position)
        return Trial(trial_id(text, cell, config), config)

    def part(self, positions: NDArray[np.int64], shard: str) -> "Sweep":
        """Return the trials at these positions, which ascend, as a sweep of its own."""
        part = copy(self)
        part.positions = array("q", positions.astype(np.int64).tobytes())
        part.shard = shard
        return part

    def shapes(self, alike: Collection[str]) -> Iterator[tuple[Config, int]]:
        """Yield one of the trials that differ in nothing but some keys, and how many there are.

        Parameters
        ----------
        alike : collection of str
            The keys that do not count, as in "train.learning_rate".
        """
        counts: NDArray[np.int64] | None = None
        if self.shard:
            counts = np.bincount(self.shape_numbers(alike))
        points = _points(self._choices.dimensions, alike)
        for number, (digits, count) in enumerate(self._digits_of_shapes(alike)):
            if counts is not None:
                count = int(counts[number]) if number < len(counts) else 0
            if count:
                config, _, _ = self._config(digits, points)
                yield config, count

    def shape_numbers(self, alike: Collection[str]) -> NDArray[np.int64]:
        """Return for each trial, as an array (n_trials,), which of the file's shapes it has.

        They are counted from 0 in the order in which `shapes` yields those of the whole file.
        """
        numbers = self._combinations.labels(self._numbers(alike))
        return numbers[np.array(self.positions)] if self.shard else numbers

    def fingerprint(self) -> str:
        """Return a text that changes with what the file refers to but does not contain.

        That is the content of data files and of files with cells or functions, and the version of
        the results' meaning. It is the same for all parts of a sweep.
        """
        alike = {axis.key for axis in self.axes} - _OF_FILES
        points = _points(self._choices.dimensions, alike)
        ids = hashlib.sha256()
        for digits, _ in self._digits_of_shapes(alike):
            config, cell, text = self._config(digits, points)
            ids.update(trial_id(text, cell, config).encode())
        return ids.hexdigest()[:_FINGERPRINT_DIGITS]

    def earlier_ids(self) -> Iterator[str]:
        """Yield the id that each trial had in the version of results before this one."""
        for position in self.positions:
            config, cell, text = self._config_at(position)
            yield trial_id(text, cell, config, RESULTS_VERSION - 1)

    def _digits_of_shapes(self, alike: Collection[str]) -> Iterator[tuple[list[int], int]]:
        """Yield the digits of one trial of each shape of the file, and how many there are."""
        first = self._combinations.digits(0)
        for digits, count in self._combinations.projected(self._numbers(alike)):
            yield [digits.get(d, digit) for d, digit in enumerate(first)], count

    def _numbers(self, alike: Collection[str]) -> dict[int, NDArray[np.int32]]:
        """Return by dimension a number of each point; points that differ in `alike` share it."""
        return {
            number: point_numbers(axes)
            for number, dimension in enumerate(self._choices.dimensions)
            if (axes := [axis for axis in dimension.axes if axis.key not in alike])
        }

    def _config_at(self, position: int) -> tuple[Config, TrialCell, str]:
        return self._config(self._combinations.digits(position), self._points)

    def _config(
        self, digits: Sequence[int], points: Sequence[_Points]
    ) -> tuple[Config, TrialCell, str]:
        """Return the settings at a point of each dimension, the cell, and the task's text."""
        fixed = self._choices.fixed
        values = {table: dict(fixed[table]) for table in ("", *TABLES)}
        for axes, digit in zip(points, digits, strict=True):
            if digit >= 0:
                for table, name, axis_values in axes:
                    values[table][name] = axis_values[digit]
        seed = values[""].get("seed", SEED_KEYS["seed"].field.default)
        task, text = self._task_and_text(tuple(values["task"].items()))
        for table, name, key in _OF_TASK:
            if name not in values[table]:
                values[table][name] = implied(key, task)
        model = _checked(ModelConfig, tuple(values["model"].items()))
        cell = self._cell(model.cell, tuple(values["cell"].items()), model.activation)
        config = Config(
            task,
            model,
            _checked(TrainConfig, tuple(values["train"].items())),
            seed,
            _checked(StopConfig, tuple(values["stop"].items())),
            cell=cell.cell,
            cell_values=cell.values,
            seeds_apart=tuple((name, values[""].get(name, seed)) for name in self.seeds[1:]),
        )
        return config, cell, text

    def _new_task_and_text(self, items: tuple[tuple[str, Any], ...]) -> tuple[Task, str]:
        task = self._choices.make_task(dict(items))
        return task, task_text(task)

    def _new_cell(
        self, word: str, given: tuple[tuple[str, Any], ...], activation: str
    ) -> TrialCell:
        return trial_cell(self._choices.words.cells[word], given, activation)


@lru_cache(maxsize=1024)
def _checked(kind: type[_Table], items: tuple[tuple[str, Any], ...]) -> _Table:
    """Return a checked table; trials that agree in one share it."""
    return kind.model_validate(dict(items))


def _points(dimensions: Iterable[Dimension], alike: Collection[str] = ()) -> list[_Points]:
    """Return the points of each dimension; the keys in `alike` have their first value in all."""
    return [
        [
            (
                *split_key(axis.key),
                axis.values[:1] * len(dimension) if axis.key in alike else axis.values,
            )
            for axis in dimension.axes
        ]
        for dimension in dimensions
    ]


def _as_cells(dimension: Dimension) -> Dimension:
    axes = tuple(
        Axis(axis.key, tuple(as_cell(value) for value in axis.values)) for axis in dimension.axes
    )
    return replace(dimension, axes=axes)


def _recorded(choices: Choices, table: str, key: str) -> Any:
    """Return the value of a key of [output] or [run], in which no key varies."""
    return choices.fixed[table].get(key, any_keys(table)[key].field.default)


def _axes(dimensions: Sequence[Dimension]) -> tuple[Axis, ...]:
    """Return the axes with each key once: several [[when]] may share one, a zip repeats values."""
    values: dict[str, dict[Any, None]] = {}
    for dimension in dimensions:
        for axis in dimension.axes:
            values.setdefault(axis.key, {}).update(dict.fromkeys(axis.values))
    return tuple(Axis(key, tuple(own)) for key, own in values.items())
