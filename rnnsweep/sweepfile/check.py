"""The check of a parsed file, key by key: everything wrong with single keys is found at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnsweep.tasks import Sources

from .choices import Choices
from .faults import shown
from .keys import RECORD_TABLES, SEED, TABLES, TASK_KEYS, TASK_NAME, Key, Refused, any_keys
from .keys.unknown import Unknown, under_when, unknown_at_top, unknown_key, unknown_task_key
from .places import Places
from .search.blocks import SEARCH_TABLES, read_blocks
from .search.expansion import count_faults, dimensions, exclusions
from .search.reading import SearchCheck

Keys = Mapping[str, Key]


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
        self._fixed: dict[str, dict[str, Any]] = {
            table: {} for table in ("", *TABLES, *RECORD_TABLES)
        }
        # Keys and tables that stand there under a wrong name; they are not missing as well.
        self._meant: set[str] = set()
        self._present = set(document)
        self._check_top(document)
        self._tables = {name: _table(document, name) for name in (*TABLES, *RECORD_TABLES)}
        self._search = SearchCheck(
            read_blocks(document, self._report_unknown), places, self._report_unknown
        )
        self._names = names = self._task_names()
        self._check_task(names)
        for table in (*TABLES[1:], *RECORD_TABLES):
            self._check_table(table, any_keys(table))
        if "seed" in document:
            self._check_value(SEED, document["seed"])
        self._blocks = self._search.read(names)
        for fault in [] if self.faults else count_faults(self._blocks):
            self._report(fault)

    def choices(self, sources: Sources) -> Choices | None:
        """Expand the axes; None where there are faults."""
        if self.faults:
            return None
        made = dimensions(self._blocks, self.faults)
        if self.faults:
            return None
        for dimension in made:
            for axis in dimension.axes:
                if dimension.condition is None:
                    table, _, name = axis.key.rpartition(".")
                    self._fixed[table].pop(name, None)
        return Choices(self._fixed, made, exclusions(self._blocks), sources)

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
            if name in SEARCH_TABLES or name == "seed":
                continue
            if name not in (*TABLES, *RECORD_TABLES):
                self._report_unknown(unknown_at_top(name, value))
            elif not isinstance(value, dict):
                self._report(f"[{name}]: {shown(value)} given; allowed: a table of keys")
                self._meant.add(name)

    def _task_names(self) -> list[str]:
        """Return the tasks that the file names; none where there is no telling."""
        names = self._search.task_names()
        if "name" in self._tables["task"]:
            self._check_value(TASK_NAME, self._tables["task"]["name"])
            # An axis wins over the table, unless it is there under a condition alone.
            if TASK_NAME.dotted not in self._search.swept(always=True):
                name = self._fixed["task"].get("name")
                if name is not None and name not in names:
                    names = [*names, name]
        return names

    def _check_task(self, names: Sequence[str]) -> None:
        """Check [task] against the keys of every task that is named."""
        for name in names:
            self._check_table("task", TASK_KEYS[name], name)
        if names:
            return
        # There is no telling then what a key may hold, only that no task has it.
        for key in self._tables["task"]:
            if unknown := unknown_task_key(key, self._places.in_table(f"task.{key}")):
                self._report_unknown(unknown)
        if "name" not in self._tables["task"] and TASK_NAME.dotted not in self._search.swept():
            self._report_missing("task", [TASK_NAME])

    def _check_table(self, table: str, keys: Keys, task: str | None = None) -> None:
        values = self._tables[table]
        for name, value in values.items():
            if name in keys:
                self._check_value(keys[name], value)
            else:
                place = self._places.in_table(f"{table}.{name}")
                self._report_unknown(unknown_key(name, table, keys, place, task, self._names))
        axes = self._search.swept()
        missing = [
            key
            for key in keys.values()
            if key.required and key.name not in values and key.dotted not in axes
        ]
        if missing:
            self._report_missing(table, missing)

    def _check_value(self, key: Key, value: Any) -> None:
        try:
            self._fixed[key.table][key.name] = key.check(value)
        except Refused as refused:
            self._report(f"{self._places.in_table(key.dotted)}: {refused}")

    def _report_missing(self, table: str, keys: Sequence[Key]) -> None:
        missing = [key for key in keys if key.dotted not in self._meant]
        if not missing or table in self._meant:
            return
        has_axes = any(key.startswith(f"{table}.") for key in self._search.swept())
        if table not in self._present and not has_axes:
            needs = ", ".join(f"{key.name} ({key.allowed})" for key in missing)
            self._report(f"[{table}]: this table is missing; it needs {needs}")
            return
        for key in missing:
            having = [name for name in self._names if key.name in TASK_KEYS[name]]
            way_out = f"give it here, or as an axis, {key.dotted}, in [grid]"
            if table == "task" and key is not TASK_NAME and len(having) < len(self._names):
                way_out = under_when(key.dotted, having)
            self._report(
                f"[{table}] {key.name}: this key is missing; allowed: {key.allowed}; {way_out}"
            )


def _table(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}
