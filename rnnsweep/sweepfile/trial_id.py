"""The id of a trial: a hash of everything that decides its result.

Only the values that differ from their defaults count, so that a key that a later version adds
changes no id. In return, whoever changes a default, or what a word does to the numbers, has to
raise `RESULTS_VERSION`.
"""

import hashlib
import json
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from rnnsweep.cells import Cell
from rnnsweep.tasks import Task

from .config import Config
from .keys import any_keys, split_key
from .keys.implied import IMPLIED, implied
from .trial_cell import TrialCell

# 4: the kernels of a cell are written from its equations.
RESULTS_VERSION = 4
_HEX_DIGITS = 15


def trial_id(
    task_text: str, cell: TrialCell, config: Config, version: int = RESULTS_VERSION
) -> str:
    """Return "t" and 15 hex digits.

    Parameters
    ----------
    task_text : str
        `task_text(config.task)`, which trials of one task share.
    cell : TrialCell
        Its values that differ from the definition's count; a definition of a user's own by its
        content, not by the word that names it.
    config : Config
    version : int, optional
        The version of the results: an earlier one gives the id that the trial had then.
    """
    by_task = tuple(getattr(config.task, name) for name in _OF_TASK)
    own_cell = None if cell.definition.is_builtin else cell.definition
    model = _table_text("model", config.model, by_task, own_cell)
    train = _table_text("train", config.train, by_task)
    stop = _table_text("stop", config.stop, by_task)
    # Canonical JSON, put together from texts that many trials share.
    values = f'"cell":{_canonical(cell.changed)},' if cell.changed else ""
    rest = (
        f'{{{values}"model":{model},{_seeds_text(config)},"stop":{stop},"train":{train},'
        f'"version":{version}}}'
    )
    digest = hashlib.sha256(f"{task_text}{rest}".encode()).hexdigest()
    return f"t{digest[:_HEX_DIGITS]}"


def _seeds_text(config: Config) -> str:
    """Return the seeds that the result depends on, as entries of canonical JSON.

    What the file's key `seed` is does not count where the three others are given, and these do not
    where they are equal: that trial is the same as one with the key `seed` alone.
    """
    data, init, order = config.seed_data, config.seed_init, config.seed_order
    if data == init == order:
        return f'"seed":{data}'
    return f'"seed_data":{data},"seed_init":{init},"seed_order":{order}'


def task_text(task: Task) -> str:
    """Return the task's name and what decides its data, as canonical JSON."""
    identity = task.identity()
    changed = {}
    for name, value in identity.items():
        field = type(task).model_fields[name]
        default = field.get_default(call_default_factory=True, validated_data=identity)
        if field.is_required() or value != default:
            changed[name] = value
    return _canonical({"name": task.word_for_id, "keys": changed})


@lru_cache(maxsize=1024)
def _table_text(
    table: str, config: BaseModel, by_task: tuple[Any, ...], cell: Cell | None = None
) -> str:
    """Return the values that differ from the defaults of their keys, as canonical JSON.

    Parameters
    ----------
    by_task : tuple
        What the task implies, in the order of `_OF_TASK`.
    cell : Cell, optional
        That of [model] if it is not built in: it counts by its content.
    """
    values = config.__dict__
    if cell is not None:
        values = values | {"cell": cell.identity()}
    defaults = _DEFAULTS[table]
    changed = {
        name: value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }
    of_task = dict(zip(_OF_TASK, by_task, strict=True))
    for name, key, by in _IMPLIED[table]:
        if name in changed and changed[name] == (
            of_task[name] if by == "task" else implied(key, values[by])
        ):
            del changed[name]
    return _canonical(changed)


_TABLES = ("model", "train", "stop")
# The defaults that depend on nothing, looked up once.
_DEFAULTS = {
    table: {
        name: key.field.default
        for name, key in any_keys(table).items()
        if not key.required and key.dotted not in IMPLIED
    }
    for table in _TABLES
}
# The other defaults: bare name, dotted name, and what decides it: the task, or another key of the
# same table.
_IMPLIED = {
    table: [
        (split_key(key)[1], key, split_key(by)[1])
        for key, (by, _) in IMPLIED.items()
        if key.startswith(f"{table}.")
    ]
    for table in _TABLES
}
# What a task implies, by the names that the task and the tables share.
_OF_TASK = tuple(name for by, name in IMPLIED.values() if by == "task")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def _canonical(value: Any) -> str:
    return _ENCODER.encode(value)
