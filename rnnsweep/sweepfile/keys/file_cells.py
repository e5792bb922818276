"""The cells of one file: built-in ones, those of [cells.NAME], and files of their own."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rnnsweep.cells import CELLS, Cell, CellError, read_cell, read_cell_file
from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.wording import as_key, shown
from rnnsweep.tasks import Sources

from .key import Key
from .layout import BIAS, CELLS_TABLE
from .tables import LARGE, key

_ENDING = ".toml"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VALUE = Annotated[float, Field(ge=-LARGE, le=LARGE)]


class FileCells(Collection[str]):
    """The words of the cells that a file may name, and the cells that it does name.

    To list the words takes 10 ms, as they are in the order of the built-in files' years; to look
    one up takes no time.

    Parameters
    ----------
    table : object
        What the document has as [cells].
    sources : Sources
        Knows where files are.
    faults : Faults
        Those of the sweep file.

    Attributes
    ----------
    cells : dict of Cell
        Those that were read, by their words.
    faulty : set of str
        The words of cells that have faults.
    """

    def __init__(self, table: Any, sources: Sources, faults: Faults) -> None:
        self.cells: dict[str, Cell] = {}
        self.faulty: set[str] = set()
        self._sources = sources
        self._faults = faults
        self._tables = self._read_tables(table)

    def __contains__(self, word: object) -> bool:
        """Return whether model.cell takes a word."""
        return any(word in words for words in (CELLS, self._tables, self.cells, self.faulty))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the words, the built-in ones first."""
        return iter(dict.fromkeys([*CELLS, *self._tables, *self.cells, *self.faulty]))

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(list(iter(self)))

    def read(self, words: Iterable[str]) -> None:
        """Read the cells of some words; one that is no cell's is left to the check of the key."""
        for word in words:
            try:
                if word in CELLS:
                    self.cells[word] = CELLS[word]
                elif word in self._tables:
                    self.cells[word] = read_cell(self._tables[word], word)
                elif word.endswith(_ENDING):
                    self.cells[word] = read_cell_file(self._sources.place(word), word)
            except CellError as error:
                self.faulty.add(word)
                self._add_faults(word, error)

    def _add_faults(self, word: str, error: CellError) -> None:
        for fault in error.faults:
            if word not in self._tables:
                # A line of a message has no line breaks, whatever the name of the file.
                self._faults.at(word if word.isprintable() else shown(word)).add(str(fault))
            elif fault.key:
                self._faults.add(f"{_head(word)} {fault}")
            else:
                self._faults.at(_head(word)).add(str(fault))

    def check_all_are_used(self, named: Collection[str]) -> None:
        """Add the fault of each [cells.NAME] whose name no trial has.

        A name that is no cell's may be one of them with a typing error: then none is added.
        """
        if not all(name in self for name in named):
            return
        for name in [name for name in self._tables if name not in named]:
            self._faults.at(_head(name)).add(
                f"no trial has this cell; name it, as in model.cell = {shown(name)}, or take it out"
            )

    def _read_tables(self, table: Any) -> dict[str, Mapping[str, Any]]:
        if not isinstance(table, dict):
            text = f"{shown(table)} given; allowed: tables of cells, each as in [cells.NAME]"
            self._faults.at(f"[{CELLS_TABLE}]").add(Refused(text, CELLS_TABLE))
            return {}
        tables: dict[str, Mapping[str, Any]] = {}
        for name, content in table.items():
            with self._faults.at(_head(name)):
                if not isinstance(content, dict):
                    raise Refused(f"{shown(content)} given; allowed: the table of a cell")
                if name in CELLS:
                    raise Refused("this is the name of a built-in cell; take another one")
                if not _NAME.fullmatch(name):
                    raise Refused(
                        "no name for a cell; allowed: ASCII letters, digits, - and _, of which "
                        "the first is no digit"
                    )
                tables[name] = content
        self.faulty |= table.keys() - tables.keys()
        return tables


def _head(name: str) -> str:
    return f"[{CELLS_TABLE}.{as_key(name)}]"


def cell_keys(cell: Cell) -> dict[str, Key]:
    """Return the keys of [cell] that a cell has: its constants, and the biases of its sums."""
    keys = {
        name: _key(name, f"constant of the equations of {cell.name}", value)
        for name, value in cell.constants
    }
    for each in cell.sums:
        if each.has_bias:
            name = f"{BIAS}.{each.name}"
            keys[name] = _key(name, f"added to the initial bias of the sum {each.name}", each.bias)
    return keys


def _key(name: str, description: str, default: Any = PydanticUndefined) -> Key:
    field = FieldInfo.from_annotated_attribute(_VALUE, key(description, default))
    return Key("cell", name, field)


CONSTANT = _key("NAME", "constant of a cell's equations")
"""What the key of any constant takes."""

SUM_BIAS = _key(f"{BIAS}.NAME", "added to the initial bias of a sum of a cell's equations")
"""What the key of the bias of any sum takes."""
