"""A table of predictions, and the CSV file that it is written to."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TextIO

Row = list[Any]


class Predictions(NamedTuple):
    """A table of predictions; its rows are made as they are asked for."""

    columns: list[str]
    rows: Iterator[Row]

    def write(self, file: TextIO) -> None:
        """Write the table as CSV that Python's csv module and pandas read back."""
        # Before Python 3.13 only the line's own end was quoted, and a carriage return was not.
        quoting = csv.QUOTE_ALL if "\r" in "".join(self.columns) else csv.QUOTE_MINIMAL
        _write_rows(file, [self.columns], quoting)
        # Numbers as they are, texts in quotes.
        _write_rows(file, self.rows, csv.QUOTE_NONNUMERIC)


def as_cell(character: str) -> str:
    """Return a character as a cell: a NUL as the two characters `\\0`, since pandas ends there."""
    return "\\0" if character == "\0" else character


def _write_rows(file: TextIO, rows: Iterable[Row], quoting: Any) -> None:
    csv.writer(file, quoting=quoting, lineterminator="\n").writerows(rows)
