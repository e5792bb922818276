"""A CSV file as a table: columns of numbers, and the first cell of the others that is none."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.suggestions import did_you_mean, nearest

from .compressed import unpacked
from .csv_delimiters import find_delimiter, in_words
from .csv_numbers import NumberFormat
from .csv_records import Record, loose_records, records
from .files import SourceError, as_text, read_bytes
from .quoting import listed, quoted

# Rows whose cells become numbers at once: few enough to stay in the processor's cache. 256 in place
# of 2048 raised the speed from 433,000 to 610,000 rows of four columns a second.
_ROWS_AT_ONCE = 256
MOST_COLUMNS = 100_000


class BadCell(NamedTuple):
    """The first value of a column that is neither a finite number nor missing."""

    line: int
    text: str
    way_out: str


class Gaps(NamedTuple):
    """The missing values of a column: the line and the text of the first one, and their number."""

    line: int
    text: str
    number: int


@dataclass(frozen=True, eq=False)
class Table:
    """A table of numbers; two tables are equal if the bytes of their files are.

    Attributes
    ----------
    digest : str
        sha256 of the file's bytes, unpacked.
    n_rows : int
        Rows below the header.
    names : tuple of str
        The header, in the file's order; "" for a column without a name.
    columns : dict of (n_rows,) arrays
        The columns of numbers, NaN where a value is missing.
    gaps : dict of Gaps
        The missing values of those columns that have some.
    bad : dict of BadCell
        The first value that is no number, of the other columns.
    labels : tuple of str
        The cells of the column that names the rows, as the file writes them; () without one.
    """

    digest: str
    n_rows: int
    names: tuple[str, ...]
    columns: dict[str, NDArray[np.float64]] = field(repr=False)
    gaps: dict[str, Gaps] = field(repr=False)
    bad: dict[str, BadCell] = field(repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def fault(self, name: str, gaps_allowed: bool = False, role: str = "") -> str | None:
        """Return why a column cannot be used, or None.

        Parameters
        ----------
        name : str
        gaps_allowed : bool
            Whether values may be missing.
        role : str
            What the column is for, as the message says it: ", an input".
        """
        if text := self.fault_of_name(name, role):
            return text
        if bad := self.bad.get(name):
            return (
                f"line {bad.line}, column {quoted(name)}: {quoted(bad.text)} is no finite number; "
                f"every row needs a number{bad.way_out}"
            )
        if (gaps := self.gaps.get(name)) and not gaps_allowed:
            written = f" ({quoted(gaps.text)})" if gaps.text else ""
            return (
                f"line {gaps.line}, column {quoted(name)}: a value is missing{written}, as in "
                f"{gaps.number} of {self.n_rows} rows"
            )
        return None

    def fault_of_name(self, name: str, role: str = "") -> str | None:
        """Return why no column is meant by a name, or None; its values may be any text."""
        if name not in self.names:
            names = listed([column for column in self.names if column])
            hint = did_you_mean(nearest(name, self.names), quoted)
            return f"the file has no column {quoted(name)}{role}; it has {names}{hint}"
        if (times := self.names.count(name)) > 1:
            return f"line 1 names column {quoted(name)} {times} times; give each another name"
        return None


@dataclass(frozen=True)
class TableReader:
    """Reads a CSV file: UTF-8 text of a header line and rows, perhaps compressed.

    Attributes
    ----------
    delimiter : str
        The sign between cells; "auto" finds it.
    decimal, thousands : str
        As `NumberFormat` takes them.
    labels : str
        The name of the column whose texts are kept as well; empty for none.
    """

    delimiter: str = "auto"
    decimal: str = "."
    thousands: str = "none"
    labels: str = ""

    def __call__(self, path: Path) -> Table:
        """Read a file.

        Raises
        ------
        SourceError
            The file does not exist, is no text, or its lines do not match its header.
        """
        content = unpacked(read_bytes(path, "a CSV file"))
        text = as_text(content)
        numbers = NumberFormat(self.decimal, self.thousands)
        delimiter = self.delimiter
        if delimiter == "auto":
            delimiter = find_delimiter(text, numbers)
        try:
            rows = _Rows(records(text, delimiter), numbers, delimiter, self.labels)
        except csv.Error:
            rows = _Rows(loose_records(text, delimiter), numbers, delimiter, self.labels)
        return rows.table(hashlib.sha256(content).hexdigest())


class _Rows:
    """Collects rows into columns; a column is dropped at its first value that is no number."""

    def __init__(
        self, lines: Iterator[Record], numbers: NumberFormat, delimiter: str, labels: str
    ) -> None:
        self._numbers = numbers
        self._delimiter = delimiter
        self._names = _header(next(lines, (1, []))[1])
        self._labels_at = self._names.index(labels) if labels and labels in self._names else -1
        self._labels: list[str] = []
        self._n = 0
        self._blank: int | None = None
        width = len(self._names)
        self._values: list[list[NDArray[np.float64]]] = [[] for _ in range(width)]
        self._gaps: dict[int, Gaps] = {}
        self._bad: dict[int, BadCell] = {}
        while chunk := list(islice(lines, _ROWS_AT_ONCE)):
            self._add(chunk)

    def table(self, digest: str) -> Table:
        """Return the table; of several columns with one name it has the first."""
        places: dict[str, int] = {}
        for i, name in enumerate(self._names):
            if name:
                places.setdefault(name, i)

        def named(by_place: dict[int, Any]) -> dict[str, Any]:
            return {name: by_place[i] for name, i in places.items() if i in by_place}

        columns = {
            name: np.concatenate([np.empty(0), *self._values[i]])
            for name, i in places.items()
            if i not in self._bad
        }
        gaps = {name: gaps for name, gaps in named(self._gaps).items() if name in columns}
        labels = tuple(self._labels)
        return Table(digest, self._n, self._names, columns, gaps, named(self._bad), labels)

    def _add(self, chunk: list[Record]) -> None:
        width = len(self._names)
        lines, rows = zip(*chunk, strict=True)
        # In a single column a line of spaces has as many cells as a value.
        if width == 1 or self._blank or {*map(len, rows)} != {width}:
            chunk = [record for record in chunk if self._is_row(*record)]
            if not chunk:
                return
            lines, rows = zip(*chunk, strict=True)
        self._n += len(rows)
        for i, cells in enumerate(zip(*rows, strict=True)):
            if i == self._labels_at:
                self._labels += [cell.strip() for cell in cells]
            if i not in self._bad:
                self._add_to_column(i, cells, lines)

    def _add_to_column(self, i: int, cells: Sequence[str], lines: Sequence[int]) -> None:
        values, bad = self._numbers.numbers(cells)
        if bad is not None:
            cell = cells[bad].strip()
            self._bad[i] = BadCell(lines[bad], cell, self._numbers.way_out(cell))
            self._values[i].clear()
            return
        self._values[i].append(values)
        missing = np.isnan(values)
        if missing.any():
            first = int(missing.argmax())
            gaps = self._gaps.get(i) or Gaps(lines[first], cells[first].strip(), 0)
            self._gaps[i] = gaps._replace(number=gaps.number + int(missing.sum()))

    def _is_row(self, line: int, cells: list[str]) -> bool:
        """Return whether a record is a row, not a blank line at the end of the file."""
        width = len(self._names)
        # In a single column an empty pair of quotes, "", is a missing value.
        if not cells or (len(cells) == 1 and not cells[0].strip() and (width > 1 or cells[0])):
            self._blank = self._blank or line
            return False
        if self._blank is not None:
            raise SourceError(f"line {self._blank} is blank; every line needs values")
        if len(cells) != width:
            raise SourceError(self._misfit(line, len(cells)))
        return True

    def _misfit(self, line: int, n_cells: int) -> str:
        width, signs = len(self._names), in_words(self._delimiter)
        hint = ""
        if self._delimiter == "," and width == 1:
            hint = '; if these commas are decimal, set decimal = ","'
        values = f"{n_cells} values, the header names {width}"
        return f"line {line} has {values}, separated by {signs}{hint}"


def _header(cells: list[str]) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS:
        raise SourceError(f"line 1 names {len(cells)} columns; allowed: up to {MOST_COLUMNS}")
    names = tuple(cell.strip() for cell in cells)
    if not any(names):
        raise SourceError("line 1 names no columns; a header line is needed")
    return names
