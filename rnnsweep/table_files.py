"""Files that tables are written to: the same bytes on every system, errors that name the file."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

_BUFFER = 2**20


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


class CsvFile:
    """A table that is written row by row.

    Parameters
    ----------
    path : Path
    heading : sequence of str
    """

    def __init__(self, path: Path, heading: Sequence[str]) -> None:
        self._file = io.TextIOWrapper(open_to_write(path), encoding="utf-8", newline="")
        writer = csv.writer(self._file, lineterminator="\n")
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
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
