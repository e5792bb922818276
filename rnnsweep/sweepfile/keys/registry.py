"""The keys that every sweep file has, by table, with those of the built-in tasks."""

from typing import Annotated

from pydantic import BaseModel, Field

from rnnsweep.tasks import TASKS, Task

from .file_tasks import OWN_TASK_PATTERN
from .key import Key
from .layout import RECORD_TABLES, TABLES
from .tables import (
    MetricsConfig,
    ModelConfig,
    OutputConfig,
    RunConfig,
    SeedConfig,
    StopConfig,
    TrainConfig,
    WordOr,
)

_TASK = WordOr(TASKS, 'a function of your own, as in "mytask.py:majority"', OWN_TASK_PATTERN, str)


class _TaskName(BaseModel):
    name: Annotated[str, _TASK] = Field(description="the sequence problem")


def _keys(table: str, owner: type[BaseModel]) -> dict[str, Key]:
    return {name: Key(table, name, field) for name, field in owner.model_fields.items()}


SEED_KEYS = _keys("", SeedConfig)
TASK_NAME = _keys("task", _TaskName)["name"]
TASK_KEYS: dict[str, dict[str, Key]] = {
    name: _keys("task", cls) | {"name": TASK_NAME} for name, cls in TASKS.items()
}
_KEYS = {
    # A key that several tasks have is that of the last of them.
    "task": {name: key for keys in TASK_KEYS.values() for name, key in keys.items()},
    "model": _keys("model", ModelConfig),
    "cell": {},  # those of the cells that a file names
    "train": _keys("train", TrainConfig),
    "stop": _keys("stop", StopConfig),
    "metrics": _keys("metrics", MetricsConfig),
    "output": _keys("output", OutputConfig),
    "run": _keys("run", RunConfig),
    "": SEED_KEYS,
}


def any_keys(table: str) -> dict[str, Key]:
    """Return all keys of a table; those of every task for [task], the seeds for ""."""
    return _KEYS[table]


def task_keys(word: str, task: type[Task]) -> dict[str, Key]:
    """Return the keys of a task, which may be one that a file defines."""
    return TASK_KEYS[word] if word in TASK_KEYS else _keys("task", task)


def static_keys() -> list[Key]:
    """Return the keys that all files have: those of all tables but [task] and [cell]."""
    return [key for table in (*TABLES[1:], *RECORD_TABLES, "") for key in _KEYS[table].values()]


def all_keys() -> list[Key]:
    """Return every built-in key; those of [task] as each task declares them."""
    return [*(key for keys in TASK_KEYS.values() for key in keys.values()), *static_keys()]
