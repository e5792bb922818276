"""Files that tables are written to: the same bytes on every system, errors that name the file."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, cast

if TYPE_CHECKING:
    from _csv import Writer

_BUFFER = 2**20
_BOTH = "\r\n"


class SupportsWrite(Protocol):
    """Whatever text can be written to."""

    def write(self, text: str, /) -> object:
        """Write a text."""


class _Named(io.FileIO):
    """A file whose errors tell its name, whenever what was written to it goes to the disk."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = self.name
            raise


def open_to_write(path: Path) -> BinaryIO:
    """Open a file to write bytes to, in large pieces."""
    return cast(BinaryIO, io.BufferedWriter(_Named(str(path), "w"), _BUFFER))


class _LineFeeds:
    """Takes rows that end with both line ends, and writes them with a line feed alone."""

    def __init__(self, file: SupportsWrite) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(f"{row.removesuffix(_BOTH)}\n")


def csv_writer(file: SupportsWrite) -> "Writer":
    """Return a writer of rows whose cells may hold line ends of every kind.

    Before Python 3.13 the csv module quotes a line end only if it is the table's own, and a
    carriage return outside of quotes ends a row for every reader. So rows are made with both.
    """
    return csv.writer(_LineFeeds(file), lineterminator=_BOTH)


class CsvFile:
    """A table that is written row by row.

    Parameters
    ----------
    path : Path
    heading : sequence of str
    """

    def __init__(self, path: Path, heading: Sequence[str]) -> None:
        self._file = io.TextIOWrapper(open_to_write(path), encoding="utf-8", newline="")
        writer = csv_writer(self._file)
        writer.writerow(heading)
        # Floats as repr(float), None as an empty cell.
        self.add = writer.writerow

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def csv_line(cells: Iterable[Any]) -> str:
    """Return cells as they stand in a line of a CSV file, without its end."""
    line = io.StringIO()
    csv_writer(line).writerow(cells)
    return line.getvalue().removesuffix("\n")
