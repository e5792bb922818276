"""Checks a parsed file key by key; all faults of single keys are reported at once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rnnsweep.tasks import Sources
from rnnsweep.vocabulary import SEEDS

from .choices import Choices
from .faults import Faults, Refused
from .keys import (
    CELLS_TABLE,
    FORMS,
    RECORD_TABLES,
    TABLES,
    TASK_NAME,
    Key,
    any_keys,
    flat_table,
    join_key,
    split_key,
)
from .keys.file_cells import FileCells
from .keys.file_words import Owners, read_words
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
    sources : Sources
        Reads the files that the document names.
    """

    def __init__(
        self, document: Mapping[str, Any], places: Places, faults: Faults, sources: Sources
    ) -> None:
        self._places = places
        self._faults = faults
        self._sources = sources
        self._present = set(document)
        # By table; that of the seeds is "".
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
        sources.limit_s = self._task_timeout()
        cell = any_keys("model")["cell"]
        own_cells = FileCells(document.get(CELLS_TABLE, {}), sources, faults)
        self._words = read_words(
            self._named(TASK_NAME, blocks),
            sources,
            self._named(cell, blocks),
            _mentioned(cell, blocks),
            own_cells,
        )
        own_cells.check_all_are_used(self._named(cell, blocks))
        for table in self._tables:
            self._check_table(table)
        self._blocks = read_search(blocks, self._words, places, faults)
        if not faults:
            check_counts(self._blocks, faults)

    def choices(self) -> Choices:
        """Expand the axes of a document without faults; those of their values are added."""
        varying = dimensions(self._blocks, self._faults)
        for dimension in varying:
            for axis in dimension.axes:
                if dimension.condition is None:
                    table, name = split_key(axis.key)
                    self._fixed[table].pop(name, None)
        choices = Choices(
            self._fixed, varying, exclusions(self._blocks), self._words, self._sources
        )
        first = {key: axes[0][1].values[0] for key in SEEDS if (axes := choices.axes_of(key))}
        self._sources.seed = choices.value("seed_data", first)
        return choices

    def _take(self, name: str, value: Any) -> None:
        """Take over a table or a seed; search forms and cells are read elsewhere."""
        if name in SEEDS:
            self._tables[""][name] = value
        elif name in _VALUE_TABLES and isinstance(value, dict):
            self._tables[name] = flat_table(name, value)
        elif name in _VALUE_TABLES:
            text = f"{shown(value)} given; allowed: a table of keys"
            self._faults.at(f"[{name}]").add(Refused(text, name))
        elif name in (*FORMS, CELLS_TABLE):
            return
        elif isinstance(value, dict | list):
            self._faults.at(f"[{as_key(name)}]").add(unknown_table(name))
        else:
            self._faults.at(as_key(name)).add(unknown_at_top(name))

    def _named(self, key: Key, blocks: Sequence[Block]) -> list[str]:
        """Return the texts that the file gives for a key, each once."""
        names: list[Any] = []
        for block in blocks:
            for entry in block.axes:
                if entry.key == key.dotted and isinstance(entry.value, list):
                    names += entry.value
        # An axis wins over the table, unless it is there under a condition alone.
        if self._swept.get(key.dotted, set()) <= {"when"}:
            default = None if key.required else key.field.default
            names.append(self._tables[key.table].get(key.name, default))
        return list(dict.fromkeys(name for name in names if isinstance(name, str)))

    def _task_timeout(self) -> float:
        """Return how long a function of the user may take; a wrong value is reported later."""
        key = any_keys("run")["task_timeout"]
        limit: float = key.field.default
        with suppress(Refused):
            limit = key.check(self._tables["run"].get(key.name, limit))
        return limit

    def _check_table(self, table: str) -> None:
        for name, value in self._tables[table].items():
            dotted = join_key(table, name)
            faults = self._faults.at(self._places.in_table(dotted))
            in_table = not self._places.is_overridden(dotted)
            for key in keys_named(table, name, faults, self._words, in_table=in_table):
                with faults:
                    self._fixed[table][name] = key.check(value)
        owners = self._words.owners(table)
        if owners is None:
            self._check_nothing_is_missing(table, self._words.keys(table))
            return
        # Without a word, nothing but the word can be said to be missing.
        for keys in [owners.keys[word] for word in owners.named] or [{owners.by.name: owners.by}]:
            self._check_nothing_is_missing(table, keys, owners)

    def _check_nothing_is_missing(
        self, table: str, keys: Mapping[str, Key], owners: Owners | None = None
    ) -> None:
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
            way_out = f"give it here, or as an axis, {key.dotted}, in [grid]"
            if owners and key is not owners.by:
                having = owners.having(key.name, owners.named)
                if len(having) < len(owners.named):
                    way_out = under_when(key.dotted, owners, having)
            self._faults.at(f"[{table}] {key.name}").add(
                f"this key is missing; allowed: {key.allowed}; {way_out}"
            )


def _mentioned(key: Key, blocks: Sequence[Block]) -> list[str]:
    """Return the texts that conditions ask for in a key."""
    values: list[Any] = []
    for block in blocks:
        for entry in block.condition:
            if entry.key == key.dotted:
                values += entry.value if isinstance(entry.value, list) else [entry.value]
    return [value for value in values if isinstance(value, str)]
