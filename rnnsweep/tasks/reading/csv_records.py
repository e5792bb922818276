"""The records of a CSV file: its cells line by line, also where quotes are used loosely."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from .files import SourceError
from .quoting import shortened

Record = tuple[int, list[str]]
"""The number of a record's last line, and its cells."""

_QUOTED = r'"(?:[^"]|"")*"'


def records(text: str, delimiter: str) -> Iterator[Record]:
    """Yield the records of a file whose quotes are right.

    Raises
    ------
    csv.Error
        At a quote that RFC 4180 does not allow, and at a cell of more than 131,072 characters.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for cells in reader:
        yield reader.line_num, cells


def loose_records(text: str, delimiter: str) -> Iterator[Record]:
    """Yield the records of a file with cells such as `"2"x`, which are given with their quotes.

    So they are text, and never the number that is left without the quotes.

    Raises
    ------
    SourceError
        A quote is never closed, or a cell has more than 131,072 characters.
    """
    taken: list[str] = []

    def lines() -> Iterable[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for cells in reader:
            record = "".join(taken).rstrip("\r\n")
            if '"' in record:
                cells = _with_loose_quotes(record, cells, delimiter)
            taken.clear()
            yield reader.line_num, cells
    except (_OpenQuote, csv.Error) as error:
        line = reader.line_num - len(taken) + 1
        raise SourceError(f"line {line} is no CSV: {shortened(str(error))}") from None


class _OpenQuote(Exception):
    """A cell begins with a quote that nothing closes."""


def _with_loose_quotes(record: str, cells: list[str], delimiter: str) -> list[str]:
    """Return the cells, those with characters behind their closing quote as they are written."""
    sign = re.escape(delimiter)
    as_written = re.findall(rf"(?:^|{sign})({_QUOTED}[^{sign}]*|[^{sign}]*)", record)
    if len(as_written) != len(cells):
        raise _OpenQuote("a quote is never closed")
    return [
        cell if _is_whole(written) else written
        for cell, written in zip(cells, as_written, strict=True)
    ]


def _is_whole(written: str) -> bool:
    """Return whether a cell is all within quotes, or begins with none."""
    if not written.startswith('"'):
        return True
    inside = re.match(_QUOTED, written)
    if inside is None:
        raise _OpenQuote("a quote is never closed")
    return inside.end() == len(written)
