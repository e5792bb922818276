"""The check of a parsed file, key by key: all faults of single keys are reported at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnsweep.tasks import Sources

from .choices import Choices
from .faults import Faults, Refused
from .keys import (
    FORMS,
    RECORD_TABLES,
    SEED,
    TABLES,
    TASK_KEYS,
    TASK_NAME,
    Key,
    any_keys,
    split_key,
    tasks_with,
)
from .keys.unknown import (
    check_some_task_has,
    under_when,
    unknown_at_top,
    unknown_key,
    unknown_table,
)
from .places import Places
from .search.blocks import read_blocks
from .search.expansion import check_counts, dimensions, exclusions
from .search.reading import SearchCheck
from .wording import as_key, shown

_VALUE_TABLES = (*TABLES, *RECORD_TABLES)


class DocumentCheck:
    """Checks the single keys of a document; its faults are added to those of the file.

    Parameters
    ----------
    document : dict
        The parsed file.
    places : Places
    faults : Faults
    """

    def __init__(self, document: Mapping[str, Any], places: Places, faults: Faults) -> None:
        self._places = places
        self._faults = faults
        self._present = set(document)
        self._fixed: dict[str, dict[str, Any]] = {table: {} for table in ("", *_VALUE_TABLES)}
        for name, value in document.items():
            self._check_at_top(name, value)
        self._tables: dict[str, dict[str, Any]] = {
            name: value if isinstance(value := document.get(name), dict) else {}
            for name in _VALUE_TABLES
        }
        self._search = SearchCheck(read_blocks(document, faults), places, faults)
        self._tasks = self._read_task_names()
        self._check_task()
        for table in _VALUE_TABLES[1:]:
            self._check_table(table, any_keys(table))
        if "seed" in document:
            self._check_value(SEED, document["seed"])
        self._blocks = self._search.read(self._tasks)
        if not faults:
            check_counts(self._blocks, faults)

    def choices(self, sources: Sources) -> Choices:
        """Expand the axes of a document without faults; those of their values are added."""
        made = dimensions(self._blocks, self._faults)
        for dimension in made:
            for axis in dimension.axes:
                if dimension.condition is None:
                    table, name = split_key(axis.key)
                    self._fixed[table].pop(name, None)
        return Choices(self._fixed, made, exclusions(self._blocks), sources)

    def _check_at_top(self, name: str, value: Any) -> None:
        if name in FORMS or name == "seed":
            return
        if name not in _VALUE_TABLES and not isinstance(value, dict | list):
            self._faults.at(as_key(name)).add(unknown_at_top(name))
        elif name not in _VALUE_TABLES:
            self._faults.at(f"[{as_key(name)}]").add(unknown_table(name))
        elif not isinstance(value, dict):
            text = f"{shown(value)} given; allowed: a table of keys"
            self._faults.at(f"[{name}]").add(Refused(text, name))

    def _read_task_names(self) -> list[str]:
        """Return the tasks that the file names, without those that do not exist."""
        names = self._search.task_names()
        if "name" in self._tables["task"]:
            self._check_value(TASK_NAME, self._tables["task"]["name"])
            # An axis wins over the table, unless it is there under a condition alone.
            if TASK_NAME.dotted not in self._search.swept(always=True):
                name = self._fixed["task"].get("name")
                if name is not None and name not in names:
                    names = [*names, name]
        return names

    def _check_task(self) -> None:
        """Check [task] against the keys of every task that is named."""
        for name in self._tasks:
            self._check_table("task", TASK_KEYS[name], name)
        if self._tasks:
            return
        # Without a task, a key can only be one that no task has.
        for key in self._tables["task"]:
            with self._faults.at(self._places.in_table(f"task.{key}")):
                check_some_task_has(key)
        if "name" not in self._tables["task"] and TASK_NAME.dotted not in self._search.swept():
            self._add_missing("task", [TASK_NAME])

    def _check_table(self, table: str, keys: Mapping[str, Key], task: str | None = None) -> None:
        values = self._tables[table]
        for name, value in values.items():
            if name in keys:
                self._check_value(keys[name], value)
            else:
                dotted = f"{table}.{name}"
                self._faults.at(self._places.in_table(dotted)).add(
                    unknown_key(
                        name,
                        table,
                        keys,
                        in_table=not self._places.is_overridden(dotted),
                        task=task,
                        tasks=self._tasks,
                    )
                )
        present = {f"{table}.{name}" for name in values} | self._search.swept()
        self._add_missing(
            table, [key for key in keys.values() if key.required and key.dotted not in present]
        )

    def _check_value(self, key: Key, value: Any) -> None:
        with self._faults.at(self._places.in_table(key.dotted)):
            self._fixed[key.table][key.name] = key.check(value)

    def _add_missing(self, table: str, keys: Sequence[Key]) -> None:
        """Add the faults of required keys that the file lacks, but for misspelled ones."""
        missing = [key for key in keys if key.dotted not in self._faults.meant]
        if not missing or table in self._faults.meant:
            return
        has_axes = any(key.startswith(f"{table}.") for key in self._search.swept())
        if table not in self._present and not has_axes:
            needs = ", ".join(f"{key.name} ({key.allowed})" for key in missing)
            self._faults.at(f"[{table}]").add(f"this table is missing; it needs {needs}")
            return
        for key in missing:
            having = tasks_with(key.name, self._tasks)
            way_out = f"give it here, or as an axis, {key.dotted}, in [grid]"
            if table == "task" and key is not TASK_NAME and len(having) < len(self._tasks):
                way_out = under_when(key.dotted, having)
            self._faults.at(f"[{table}] {key.name}").add(
                f"this key is missing; allowed: {key.allowed}; {way_out}"
            )
