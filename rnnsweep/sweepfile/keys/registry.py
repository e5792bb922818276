"""All keys of a sweep file, by table."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, Field

from rnnsweep.tasks import TASKS

from .key import Key
from .layout import RECORD_TABLES, TABLES
from .tables import (
    MetricsConfig,
    ModelConfig,
    OneOf,
    OutputConfig,
    SeedConfig,
    StopConfig,
    TrainConfig,
)


class _TaskName(BaseModel):
    name: Annotated[str, OneOf(TASKS)] = Field(description="the sequence problem")


def _keys(table: str, owner: type[BaseModel]) -> dict[str, Key]:
    return {name: Key(table, name, field) for name, field in owner.model_fields.items()}


SEED = _keys("", SeedConfig)["seed"]
TASK_NAME = _keys("task", _TaskName)["name"]
TASK_KEYS: dict[str, dict[str, Key]] = {
    name: _keys("task", cls) | {"name": TASK_NAME} for name, cls in TASKS.items()
}
MODEL_KEYS = _keys("model", ModelConfig)
TRAIN_KEYS = _keys("train", TrainConfig)
STOP_KEYS = _keys("stop", StopConfig)
METRICS_KEYS = _keys("metrics", MetricsConfig)
OUTPUT_KEYS = _keys("output", OutputConfig)
_KEYS = {
    # A key that several tasks have is that of the last of them.
    "task": {name: key for keys in TASK_KEYS.values() for name, key in keys.items()},
    "model": MODEL_KEYS,
    "train": TRAIN_KEYS,
    "stop": STOP_KEYS,
    "metrics": METRICS_KEYS,
    "output": OUTPUT_KEYS,
    "": {"seed": SEED},
}


def any_keys(table: str) -> dict[str, Key]:
    """Return all keys of a table; those of every task for [task], the seed for ""."""
    return _KEYS[table]


def tasks_with(name: str, tasks: Iterable[str] = TASK_KEYS) -> list[str]:
    """Return those of some tasks that have a key."""
    return [task for task in tasks if name in TASK_KEYS[task]]


def all_keys() -> list[Key]:
    """Return every key of a file."""
    tables = (*TABLES, *RECORD_TABLES, "")
    return [key for table in tables for key in any_keys(table).values()]
