"""The user's CSV files: read once, checked, with the place of every value that is no number."""

import csv
import hashlib
import io
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .files import SourceError, as_text, read_bytes


class BadCell(NamedTuple):
    """The first value of a column that is no finite number."""

    line: int
    text: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table of numbers; two are equal when their files' bytes are.

    Attributes
    ----------
    digest : str
        sha256 of the file's bytes.
    n_rows : int
        Rows below the header.
    names : tuple of str
        The header, in the file's order.
    columns : dict of (n_rows,) arrays
        The columns that hold numbers throughout.
    bad : dict of BadCell
        The others, with the first value that is no number.
    """

    digest: str
    n_rows: int
    names: tuple[str, ...]
    columns: dict[str, NDArray[np.float64]] = field(repr=False)
    bad: dict[str, BadCell] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def read_table(path: Path) -> Table:
    """Read a CSV file: UTF-8, commas, a header line, numbers below it.

    Raises
    ------
    SourceError
        The file is not there, is no text, or its lines do not match its header.
    """
    content = read_bytes(path, "a CSV file")
    text = as_text(content)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = _header(next(lines, []))
        rows = _Rows(names)
        for cells in lines:
            rows.add(cells, lines.line_num)
    except csv.Error as error:
        raise SourceError(f"line {lines.line_num} is no CSV: {error}") from None
    columns = {name: np.array(rows.values[name]) for name in names if name not in rows.bad}
    return Table(hashlib.sha256(content).hexdigest(), rows.n, names, columns, rows.bad)


def _header(cells: list[str]) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if not any(names):
        raise SourceError("line 1 names no columns; a header line is needed")
    if "" in names:
        raise SourceError(f"line 1 leaves column {names.index('') + 1} without a name")
    for name, times in Counter(names).items():
        if times > 1:
            raise SourceError(f'line 1 names column "{name}" {times} times')
    if len(names) == 1 and (found := next((c for c in ";\t" if c in names[0]), None)):
        kind = {";": "semicolons", "\t": "tabs"}[found]
        raise SourceError(f"its columns are parted by {kind}; commas are needed")
    return names


class _Rows:
    """Collects rows into columns; a column ends at its first value that is no number."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.values: dict[str, list[float]] = {name: [] for name in names}
        self.bad: dict[str, BadCell] = {}
        self.n = 0
        self._blank: int | None = None

    def add(self, cells: list[str], line: int) -> None:
        if not cells:
            # Blank lines may end a file; one in the middle is a gap.
            self._blank = self._blank or line
            return
        if self._blank is not None:
            raise SourceError(f"line {self._blank} is blank; every line needs its values")
        if len(cells) != len(self.names):
            raise SourceError(
                f"line {line} has {len(cells)} values, the header names {len(self.names)}"
            )
        self.n += 1
        for name, cell in zip(self.names, cells, strict=True):
            if name in self.bad:
                continue
            value = _number(cell)
            if value is None:
                self.bad[name] = BadCell(line, cell.strip())
            else:
                self.values[name].append(value)


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    # float() reads "1_000" too, which no table means.
    return value if math.isfinite(value) and "_" not in cell else None
