"""The tables of a results folder compared with those that its store gives now."""

import csv
from collections.abc import Iterator, Sequence
from filecmp import cmp
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.system_errors import unusable

from .write import write_tables

_Row = Sequence[Any]

# Columns that say which row of a table it is.
_NAMING = ("trial_id", "epoch")


def table_differences(store: Store) -> list[str]:
    """Return a line for each table that differs from what the store gives: the first such row.

    The tables are written once more, into a temporary folder. A Parquet file counts as equal if
    its rows are, since its bytes depend on the version of pyarrow.

    Raises
    ------
    ResultsError
        If the temporary folder cannot be written, or a table cannot be read.
    """
    folder = store.folder
    is_parquet = folder.epochs_parquet.exists() and not folder.epochs_csv.exists()
    if is_parquet and find_spec("pyarrow") is None:
        raise ResultsError(
            f"{folder.epochs_parquet} cannot be read: pyarrow is not installed; "
            'pip install "rnnsweep[parquet]"'
        )
    with TemporaryDirectory(prefix="rnnsweep-") as temporary:
        anew = Folder(temporary)
        write_tables(store, "parquet" if is_parquet else "csv", anew)
        lines = (
            table_difference(folder.path / right.name, right)
            for right in sorted(anew.path.iterdir())
        )
        return [line for line in lines if line is not None]


def table_difference(path: Path, right: Path) -> str | None:
    """Return how a table differs from the right one, in a line; None where it does not."""
    try:
        if not path.exists():
            return f"{path.name} is not there"
        if cmp(path, right, shallow=False):
            return None
        rows, right_rows = _rows(path), _rows(right)
        heading = next(right_rows)
        if next(rows, []) != heading:
            return f"{path.name}: its heading is not that of this sweep"
        for number, (row, right_row) in enumerate(zip_longest(rows, right_rows), start=1):
            if row != right_row:
                line = f"{path.name}, row {number}{_row_difference(heading, row, right_row)}"
                return line + _lengths(path, right)
    except OSError as error:
        raise unusable(path, error, reading=True) from error
    except (csv.Error, ValueError) as error:  # pyarrow's errors are ValueErrors
        return f"{path.name} is no table ({error})"
    if path.suffix == ".parquet":
        return None
    return f"{path.name}: its cells are right, but not its bytes; another program has saved it"


def _row_difference(heading: _Row, row: _Row | None, right: _Row | None) -> str:
    """Return the name of a row, and how it differs from the right one; None is a missing row."""
    cells = dict(zip(heading, right or row or (), strict=False))
    name = ", ".join(str(cells[column]) for column in _NAMING if column in cells)
    named = f" ({name})" if name else ""
    if row is None:
        return f"{named} is missing"
    if right is None:
        return f"{named} is not in the store"
    if len(row) != len(right):
        return f"{named}: the number of cells is {len(row)}, and {len(right)} in the store"
    for column, cell, right_cell in zip(heading, row, right, strict=True):
        if cell != right_cell:
            return f"{named}: {column} is {_shown(cell)}, and {_shown(right_cell)} in the store"
    raise AssertionError("the rows are equal")


def _shown(cell: Any) -> str:
    return "empty" if cell in (None, "") else repr(cell)


def _lengths(path: Path, right: Path) -> str:
    """Return the numbers of rows of two tables, as the end of a line; empty if they are equal."""
    n_rows, n_right = (sum(1 for _ in _rows(table)) - 1 for table in (path, right))
    if n_rows == n_right:
        return ""
    return f"; the number of rows is {n_rows:,}, and {n_right:,} in the store"


def _rows(path: Path) -> Iterator[_Row]:
    """Yield the rows of a table, its heading first."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield from csv.reader(file)
        return
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as table:
        yield table.schema_arrow.names
        for batch in table.iter_batches():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)
