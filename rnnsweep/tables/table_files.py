"""The files that tables are written to: the same bytes on every system, errors with their name."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

if TYPE_CHECKING:
    from _csv import Writer

_BUFFER = 2**20
_BOTH = "\r\n"
# A spreadsheet takes a text that begins with one of these for a formula, the last four of which are
# those of East Asian keyboards (OWASP, "CSV Injection"); JSON text begins with a quote.
_AS_JSON = tuple('"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20')


class SupportsWrite(Protocol):
    """Anything that text can be written to."""

    def write(self, text: str, /) -> object:
        """Write a text."""


class _NamedFile(io.FileIO):
    """A file whose errors have its name, also when a buffer around it is written later."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = self.name
            raise


def open_to_write(path: Path) -> BinaryIO:
    """Open a file for writing bytes, with a large buffer."""
    return cast(BinaryIO, io.BufferedWriter(_NamedFile(str(path), "w"), _BUFFER))


class _LineFeeds:
    """Takes rows that end with carriage return and line feed, and writes the line feed alone."""

    def __init__(self, file: SupportsWrite) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(f"{row.removesuffix(_BOTH)}\n")


def cell_of(value: Any) -> Any:
    """Return a value as a cell that no spreadsheet runs as a formula; numbers stay as they are.

    A text that begins as a formula does is written as JSON text, in double quotes, and so is one
    that begins with a double quote: a cell that begins with one is JSON. A single character stays
    as it is, since it is no formula.
    """
    if isinstance(value, str) and len(value) > 1 and value.startswith(_AS_JSON):
        return json.dumps(value, ensure_ascii=False)
    return value


def csv_writer(file: SupportsWrite) -> "Writer":
    """Return a writer of rows whose cells may contain line ends of every kind.

    Before Python 3.13 the csv module quotes a cell for a line end only if the table's rows end with
    that character, and a carriage return outside of quotes ends a row for every reader. So the
    module gets both characters as the end of a row.
    """
    return csv.writer(_LineFeeds(file), lineterminator=_BOTH)


class CsvFile:
    """Writes a table as a CSV file, row by row; its heading first.

    Parameters
    ----------
    path : Path
    heading : sequence of str
    """

    def __init__(self, path: Path, heading: Sequence[str]) -> None:
        self._file = io.TextIOWrapper(open_to_write(path), encoding="utf-8", newline="")
        self._write = csv_writer(self._file).writerow
        self.add(heading)

    def add(self, row: Sequence[Any]) -> None:
        """Write a row: floats as repr(float), None as an empty cell, texts as `cell_of` does."""
        self._write(map(cell_of, row))

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def csv_line(cells: Iterable[Any]) -> str:
    """Return cells as a line of a CSV file, without its line end."""
    line = io.StringIO()
    csv_writer(line).writerow(map(cell_of, cells))
    return line.getvalue().removesuffix("\n")
