"""A table of predictions, and the CSV file that it is written to."""

from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from rnnsweep.tables.table_files import cell_of, csv_writer

Row = list[Any]


class Predictions(NamedTuple):
    """A table of predictions; each row is computed when it is needed."""

    columns: list[str]
    rows: Iterator[Row]

    def write(self, file: TextIO) -> None:
        """Write the table as CSV that Python's csv module and pandas read back."""
        writer = csv_writer(file)
        writer.writerow(map(cell_of, self.columns))
        writer.writerows(map(cell_of, row) for row in self.rows)


def as_cell(character: str) -> str:
    """Return a character as a cell; a NUL becomes `\\0`, since pandas ends a cell at a NUL."""
    return "\\0" if character == "\0" else character
