"""The sweep file that trains one trial of a sweep alone, made from the text of the sweep's file.

Data files are not read: they may be absent where the results are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rnnsweep.tasks import TASKS
from rnnsweep.toml_reading import read_toml

from .config import as_cell
from .faults import Faults
from .keys import (
    CELLS_TABLE,
    RECORD_TABLES,
    TABLES,
    TASK_KEYS,
    any_keys,
    flat_table,
    join_key,
    path_of,
    split_key,
)
from .overrides.toml_text import as_toml
from .search.blocks import read_blocks
from .search.dimensions import column
from .wording import as_key

_ABSENT = object()


class TrialFiles:
    """Writes the sweep files of single trials, each of which gives the trial with the same id.

    A file has every key that the sweep's file names, once, with the value that the trial has. A key
    that the trial does not have, such as one of another task, is left out.

    Parameters
    ----------
    text : str
        The text of the sweep's file with overrides applied, as the store has it.
    """

    def __init__(self, text: str) -> None:
        self._document = read_toml(text)
        # The values that the file gives for each key; for a range it gives none.
        self._values: dict[str, list[Any]] = {}
        for name, value in self._document.items():
            if name in TABLES:
                for bare, inner in flat_table(name, value).items():
                    self._values[join_key(name, bare)] = [inner]
            elif not isinstance(value, dict | list):
                self._values[name] = [value]
        self._values.setdefault("seed", [])
        for block in read_blocks(self._document, Faults()):
            for entry in block.axes:
                values = self._values.setdefault(entry.key, [])
                values += entry.value if isinstance(entry.value, list) else []
        self._records = "".join(self._recorded())

    @property
    def keys(self) -> list[str]:
        """The keys that the file names, such as "model.hidden_size"; "seed" always."""
        return list(self._values)

    def literal(self, key: str, settings: Mapping[str, Any]) -> str | None:
        """Return the value of a key in TOML for one trial; None where the trial lacks the key.

        Parameters
        ----------
        key : str
            One of `keys`.
        settings : mapping
            The trial's settings by the names of their columns, as the store has them.
        """
        cell = settings.get(column(key))
        if cell is None:
            return None
        value = self._value(key, cell, settings)
        return None if value is _ABSENT else _literal(value, type(value))

    def toml(self, trial_id: str, settings: Mapping[str, Any]) -> str:
        """Return the sweep file of a trial.

        Parameters
        ----------
        trial_id : str
        settings : mapping
            As for `literal`.
        """
        lines: dict[str, list[str]] = {table: [] for table in ("", *TABLES)}
        for key in sorted(self._values, key=lambda key: key != "task.name"):
            if (text := self.literal(key, settings)) is not None:
                lines[split_key(key)[0]].append(f"{_written(key)} = {text}\n")
        tables = ("".join([f"\n[{table}]\n", *lines[table]]) for table in TABLES if lines[table])
        return "".join(
            [
                f"# Trial {trial_id}, alone.\n",
                *self._remark(settings),
                "\n",
                *lines[""],
                *tables,
                self._records,
                self._own_cell(settings.get("cell")),
            ]
        )

    def _value(self, key: str, cell: Any, settings: Mapping[str, Any]) -> Any:
        """Return the value of a key from its cell in the tables, or `_ABSENT`."""
        table, name = split_key(key)
        keys = any_keys(table)
        if table == "task" and name != "name":
            task = settings.get("task")
            if task not in TASKS:
                return self._value_of_own(key, cell)
            keys = TASK_KEYS[task]
        kind = keys[name].type if name in keys else ""
        if kind == "boolean":
            return cell == "true"
        return json.loads(cell) if kind == "array" and isinstance(cell, str) else cell

    def _value_of_own(self, key: str, cell: Any) -> Any:
        """Return the value of a parameter of a user's own function, whose type is not known here.

        A text is that of one of the values in the file; if of none, the trial has the default.
        """
        for value in self._values[key]:
            if as_cell(value) == cell:
                return value
        return _ABSENT if isinstance(cell, str) else cell

    def _remark(self, settings: Mapping[str, Any]) -> Iterator[str]:
        """Yield a comment if the trial is made from files, whose paths are relative."""
        if names_files(settings):
            yield (
                "# It names files by their paths from the folder of the sweep file: put it there.\n"
            )

    def _recorded(self) -> Iterator[str]:
        """Yield the tables that say what is recorded and how trials are run."""
        for table in RECORD_TABLES:
            if values := self._document.get(table):
                yield f"\n[{table}]\n"
                yield from (f"{as_key(name)} = {as_toml(v)}\n" for name, v in values.items())

    def _own_cell(self, word: Any) -> str:
        """Return the table [cells.NAME] of the trial's cell, if the file has one."""
        cell = self._document.get(CELLS_TABLE, {}).get(word)
        return "" if cell is None else "".join(_table(f"{CELLS_TABLE}.{as_key(word)}", cell))


def trial_toml(text: str, trial_id: str, settings: Mapping[str, Any]) -> str:
    """Return the sweep file that trains one trial of a sweep alone; see `TrialFiles`."""
    return TrialFiles(text).toml(trial_id, settings)


def names_files(settings: Mapping[str, Any]) -> bool:
    """Return whether a trial is made from files: data, a function, or a cell's equations."""
    task, cell = settings.get("task"), settings.get("cell")
    return "task_path" in settings or task not in TASKS or str(cell).endswith(".toml")


@lru_cache(maxsize=4096)
def _literal_of(value: Any, kind: type) -> str:
    return as_toml(value)


def _literal(value: Any, kind: type) -> str:
    # Equal values of other types, such as 1 and 1.0 and true, have other texts.
    return as_toml(value) if isinstance(value, list) else _literal_of(value, kind)


@lru_cache(maxsize=4096)
def _written(key: str) -> str:
    """Return a key without its table, as in "hidden_size"; that of a bias is "bias.zf"."""
    _, *inner = path_of(key) if "." in key else ["", key]
    return ".".join(map(as_key, inner))


def _table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table in TOML with the tables in it; a text of several lines stays one."""
    yield f"\n[{name}]\n"
    inner = {key: value for key, value in values.items() if isinstance(value, dict)}
    for key, value in values.items():
        if key not in inner:
            yield f"{as_key(key)} = {_text(value)}\n"
    for key, value in inner.items():
        yield from _table(f"{name}.{as_key(key)}", value)


def _text(value: Any) -> str:
    lines: Sequence[str] = value.split("\n") if isinstance(value, str) else []
    if len(lines) < 2:
        return as_toml(value)
    # Each line as a text of its own has the escapes that it needs.
    return '"""\n' + "\n".join(as_toml(line)[1:-1] for line in lines) + '"""'
