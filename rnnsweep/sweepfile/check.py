"""Checks a parsed file key by key; all faults of single keys are reported at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnsweep.tasks import Sources

from .choices import Choices
from .faults import Faults, Refused
from .keys import (
    FORMS,
    RECORD_TABLES,
    TABLES,
    TASK_KEYS,
    TASK_NAME,
    Key,
    any_keys,
    join_key,
    split_key,
    tasks_with,
)
from .keys.unknown import keys_named, under_when, unknown_at_top, unknown_table
from .places import Places
from .search.blocks import Block, read_blocks
from .search.expansion import check_counts, dimensions, exclusions
from .search.reading import read_search
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
        # By table; that of the seed is "".
        self._tables: dict[str, dict[str, Any]] = {table: {} for table in (*_VALUE_TABLES, "")}
        self._fixed: dict[str, dict[str, Any]] = {table: {} for table in self._tables}
        for name, value in document.items():
            self._take(name, value)
        blocks = read_blocks(document, faults)
        # The keys with axes or draws, each with the forms of its blocks.
        self._swept: dict[str, set[str]] = {}
        for block in blocks:
            for entry in block.axes:
                places.put_axis(entry.key, block.head)
                self._swept.setdefault(entry.key, set()).add(block.form)
        self._tasks = self._named_tasks(blocks)
        for table in self._tables:
            self._check_table(table)
        self._blocks = read_search(blocks, self._tasks, places, faults)
        if not faults:
            check_counts(self._blocks, faults)

    def choices(self, sources: Sources) -> Choices:
        """Expand the axes of a document without faults; those of their values are added."""
        varying = dimensions(self._blocks, self._faults)
        for dimension in varying:
            for axis in dimension.axes:
                if dimension.condition is None:
                    table, name = split_key(axis.key)
                    self._fixed[table].pop(name, None)
        return Choices(self._fixed, varying, exclusions(self._blocks), sources)

    def _take(self, name: str, value: Any) -> None:
        """Take over a table or the seed; `read_blocks` reads the search forms."""
        if name == "seed":
            self._tables[""] = {name: value}
        elif name in _VALUE_TABLES and isinstance(value, dict):
            self._tables[name] = value
        elif name in _VALUE_TABLES:
            text = f"{shown(value)} given; allowed: a table of keys"
            self._faults.at(f"[{name}]").add(Refused(text, name))
        elif name not in FORMS and isinstance(value, dict | list):
            self._faults.at(f"[{as_key(name)}]").add(unknown_table(name))
        elif name not in FORMS:
            self._faults.at(as_key(name)).add(unknown_at_top(name))

    def _named_tasks(self, blocks: Sequence[Block]) -> list[str]:
        """Return the tasks that the file names, without those that do not exist."""
        names: list[Any] = []
        for block in blocks:
            for entry in block.axes:
                if entry.key == TASK_NAME.dotted and isinstance(entry.value, list):
                    names += entry.value
        # An axis wins over the table, unless it is there under a condition alone.
        if self._swept.get(TASK_NAME.dotted, set()) <= {"when"}:
            names.append(self._tables["task"].get("name"))
        words = (name for name in names if isinstance(name, str))
        return list(dict.fromkeys(name for name in words if name in TASK_KEYS))

    def _check_table(self, table: str) -> None:
        for name, value in self._tables[table].items():
            dotted = join_key(table, name)
            faults = self._faults.at(self._places.in_table(dotted))
            in_table = not self._places.is_overridden(dotted)
            for key in keys_named(
                table, name, faults, tasks=self._tasks, of_file=self._tasks, in_table=in_table
            ):
                with faults:
                    self._fixed[table][name] = key.check(value)
        of_tasks = [TASK_KEYS[task] for task in self._tasks]
        # Without a task, nothing but its name can be said to be missing.
        of_tasks = of_tasks or [{TASK_NAME.name: TASK_NAME}]
        for keys in of_tasks if table == "task" else [any_keys(table)]:
            self._check_nothing_is_missing(table, keys)

    def _check_nothing_is_missing(self, table: str, keys: Mapping[str, Key]) -> None:
        """Add the faults of required keys that the file lacks, but for misspelled ones."""
        missing = [
            key
            for key in keys.values()
            if key.required
            and key.name not in self._tables[table]
            and key.dotted not in self._swept
            and key.dotted not in self._faults.meant
        ]
        if not missing or table in self._faults.meant:
            return
        has_axes = any(key.startswith(f"{table}.") for key in self._swept)
        if table not in self._present and not has_axes:
            needs = ", ".join(f"{key.name} ({key.allowed})" for key in missing)
            self._faults.at(f"[{table}]").add(f"this table is missing; it needs {needs}")
            return
        for key in missing:
            owners = tasks_with(key.name, self._tasks)
            way_out = f"give it here, or as an axis, {key.dotted}, in [grid]"
            if table == "task" and key is not TASK_NAME and len(owners) < len(self._tasks):
                way_out = under_when(key.dotted, owners)
            self._faults.at(f"[{table}] {key.name}").add(
                f"this key is missing; allowed: {key.allowed}; {way_out}"
            )
