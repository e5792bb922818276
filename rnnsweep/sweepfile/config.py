"""The settings of one trial."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rnnsweep.cells import Cell
from rnnsweep.tasks import Task

from .keys.tables import ModelConfig, StopConfig, TrainConfig
from .search.dimensions import column


@dataclass(frozen=True)
class Config:
    """The settings of one trial, with every default filled in."""

    task: Task
    model: ModelConfig
    train: TrainConfig
    seed: int
    stop: StopConfig = field(default_factory=StopConfig)
    cell: Cell = field(kw_only=True)
    """The cell with its constants, the initial biases of its sums, and its activation.

    `model.forget_bias` is not among the biases.
    """
    cell_values: tuple[tuple[str, float], ...] = field(default=(), kw_only=True)
    """The keys of [cell] with their values: the cell's constants, and the biases that are given."""
    seeds_apart: tuple[tuple[str, int], ...] = field(default=(), kw_only=True)
    """Those of seed_data, seed_init and seed_order that the file has, with their values."""

    @property
    def seed_data(self) -> int:
        """The seed of the training, validation and test data."""
        return self._seed_of("seed_data")

    @property
    def seed_init(self) -> int:
        """The seed of the initial weights."""
        return self._seed_of("seed_init")

    @property
    def seed_order(self) -> int:
        """The seed of the order of the sequences, of dropout and of noise."""
        return self._seed_of("seed_order")

    def _seed_of(self, key: str) -> int:
        return dict(self.seeds_apart).get(key, self.seed)

    def settings(self) -> dict[str, Any]:
        """Return the settings by the names of their columns, in the order of the columns.

        All are texts and numbers: true is "true", and a list of names is JSON text.
        """
        return {
            "task": self.task.name,
            **_cells("model", self.model),
            **{column(f"cell.{name}"): value for name, value in self.cell_values},
            **_cells("train", self.train),
            **_cells("stop", self.stop),
            "seed": self.seed,
            **dict(self.seeds_apart),
            **_task_cells(self.task),
        }


@dataclass(frozen=True)
class Trial:
    """One combination of settings with its seeds."""

    trial_id: str
    config: Config


@lru_cache(maxsize=1024)  # many trials share a table
def _cells(table: str, config: ModelConfig | TrainConfig | StopConfig) -> dict[str, Any]:
    return {column(f"{table}.{name}"): as_cell(value) for name, value in config.__dict__.items()}


@lru_cache(maxsize=1024)
def _task_cells(task: Task) -> dict[str, Any]:
    values = task.model_dump()
    del values["name"]
    return {column(f"task.{name}"): as_cell(value) for name, value in values.items()}


def as_cell(value: Any) -> Any:
    """Return a setting as the tables write it: true, false and lists of names as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, tuple) else value
