"""The check of a parsed file, key by key: everything wrong with single keys is found at once."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rnnsweep.tasks import Sources

from .axes import MAX_TRIALS, Range, expand, read_axis
from .choices import Choices
from .faults import shown
from .keys import MODEL_KEYS, SEED, TABLES, TASK_KEYS, TASK_NAME, TRAIN_KEYS, Key, Refused
from .places import Places
from .unknown import Unknown, unknown_at_top, unknown_in_grid, unknown_key, unknown_task_key

Keys = Mapping[str, Key]
Found = Sequence[Any] | Range


class DocumentCheck:
    """Collects the faults of a document's single keys, and what it says where there are none.

    Attributes
    ----------
    faults : list of str
        A line each.
    """

    def __init__(self, document: Mapping[str, Any], places: Places) -> None:
        self.faults: list[str] = []
        self._places = places
        self._fixed: dict[str, dict[str, Any]] = {"": {}, **{table: {} for table in TABLES}}
        self._axes: dict[str, tuple[Key, Found]] = {}
        # Keys and tables that stand there under a wrong name; they are not missing as well.
        self._meant: set[str] = set()
        self._present = set(document)
        self._check_top(document)
        self._tables = {name: _table(document, name) for name in TABLES}
        grid = _table(document, "grid")
        self._check_top_of_grid(grid)
        self._grid = {name: _table(grid, name) for name in TABLES}
        self._check_task()
        self._check_table("model", MODEL_KEYS)
        self._check_table("train", TRAIN_KEYS)
        if "seed" in document:
            self._check_value(SEED, document["seed"])
        if "seed" in grid:
            self._check_axis(SEED, grid["seed"])
        self._check_count()

    def choices(self, sources: Sources) -> Choices | None:
        """Expand the axes; None where there are faults."""
        if self.faults:
            return None
        axes = []
        for key, found in self._axes.values():
            axis = expand(key, found, self._places.on_axis(key.dotted), self.faults)
            if axis is not None:
                axes.append(axis)
                self._fixed[key.table].pop(key.name, None)
        return None if self.faults else Choices(self._fixed, axes, sources)

    def _report(self, fault: str) -> None:
        # A key that two tasks share is checked for each of them.
        if fault not in self.faults:
            self.faults.append(fault)

    def _report_unknown(self, unknown: Unknown) -> None:
        self._report(unknown.fault)
        if unknown.meant:
            self._meant.add(unknown.meant)

    def _check_top(self, document: Mapping[str, Any]) -> None:
        for name, value in document.items():
            if name not in (*TABLES, "grid", "seed"):
                self._report_unknown(unknown_at_top(name, value))
            elif name != "seed" and not isinstance(value, dict):
                self._report(f"[{name}]: {shown(value)} given; allowed: a table of keys")
                self._meant.add(name)

    def _check_top_of_grid(self, grid: Mapping[str, Any]) -> None:
        for name, value in grid.items():
            if name not in (*TABLES, "seed"):
                self._report_unknown(unknown_in_grid(name))
            elif name != "seed" and not isinstance(value, dict):
                self._report(
                    f"[grid] {name}: {shown(value)} given; allowed: keys with their axes, as in "
                    f"{name}.{_example(name)} = [...]"
                )

    def _check_task(self) -> None:
        """Check [task] against the keys of every task that is named."""
        names = self._task_names()
        for name in names:
            self._check_table("task", TASK_KEYS[name], name)
        if not names:
            self._check_keys_of_no_task()

    def _check_keys_of_no_task(self) -> None:
        """Check the keys of [task] where its name is wrong or missing.

        There is no telling then what a key may hold, only that no task has it.
        """
        for name in self._tables["task"]:
            if unknown := unknown_task_key(name, self._places.in_table(f"task.{name}")):
                self._report_unknown(unknown)
        for name in self._grid["task"]:
            if unknown := unknown_task_key(name, self._places.on_axis(f"task.{name}")):
                self._report_unknown(unknown)
        if "name" not in self._tables["task"] | self._grid["task"]:
            self._report_missing("task", [TASK_NAME])

    def _task_names(self) -> list[str]:
        if "name" in self._grid["task"]:
            self._check_axis(TASK_NAME, self._grid["task"]["name"])
            # Taken back, so that the axis stands in the file's order among the other keys.
            _, found = self._axes.pop(TASK_NAME.dotted, (TASK_NAME, ()))
            return list(found) if isinstance(found, tuple) else []
        if "name" in self._tables["task"]:
            self._check_value(TASK_NAME, self._tables["task"]["name"])
            name = self._fixed["task"].get("name")
            return [] if name is None else [name]
        return []

    def _check_table(self, table: str, keys: Keys, task: str | None = None) -> None:
        values, axes = self._tables[table], self._grid[table]
        for name, value in values.items():
            if name in keys:
                self._check_value(keys[name], value)
            else:
                place = self._places.in_table(f"{table}.{name}")
                self._report_unknown(unknown_key(name, table, keys, place, task))
        for name, value in axes.items():
            if name in keys:
                self._check_axis(keys[name], value)
            else:
                place = self._places.on_axis(f"{table}.{name}")
                self._report_unknown(unknown_key(name, table, keys, place, task))
        missing = [key for key in keys.values() if key.required and key.name not in values | axes]
        if missing:
            self._report_missing(table, missing)

    def _check_value(self, key: Key, value: Any) -> None:
        try:
            self._fixed[key.table][key.name] = key.check(value)
        except Refused as refused:
            self._report(f"{self._places.in_table(key.dotted)}: {refused}")

    def _check_axis(self, key: Key, value: Any) -> None:
        faults: list[str] = []
        found = read_axis(key, value, self._places.on_axis(key.dotted), faults)
        for fault in faults:
            self._report(fault)
        if found is not None:
            self._axes[key.dotted] = (key, found)

    def _report_missing(self, table: str, keys: Sequence[Key]) -> None:
        missing = [key for key in keys if key.dotted not in self._meant]
        if not missing or table in self._meant:
            return
        if table not in self._present and not self._grid[table]:
            needs = ", ".join(f"{key.name} ({key.allowed})" for key in missing)
            self._report(f"[{table}]: this table is missing; it needs {needs}")
            return
        for key in missing:
            self._report(
                f"[{table}] {key.name}: this key is missing; allowed: {key.allowed}; "
                f"give it here, or as an axis, {key.dotted}, in [grid]"
            )

    def _check_count(self) -> None:
        counts = {
            dotted: found.count if isinstance(found, Range) else len(found)
            for dotted, (_, found) in self._axes.items()
        }
        total = math.prod(counts.values())
        if total > MAX_TRIALS:
            product = " x ".join(f"{count} {dotted}" for dotted, count in counts.items())
            self._report(f"[grid]: {total} trials ({product}); allowed: at most {MAX_TRIALS}")


def _table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _example(table: str) -> str:
    return {"task": "seq_len", "model": "hidden_size", "train": "learning_rate"}[table]
