"""The records of a CSV file: the cells of its lines, also where quotes are used loosely."""

import csv
import re
from collections.abc import Iterator

from .csv_lines import Lines, plain_lines
from .files import SourceError
from .quoting import shortened

Record = tuple[int, list[str]]
"""The number of a record's last line, and its cells."""

_QUOTED = r'"(?:[^"]|"")*"'


def records(text: str, delimiter: str) -> Iterator[Record]:
    """Yield the records of a file whose quotes are as RFC 4180 allows.

    Raises
    ------
    csv.Error
        At a quote that is not allowed, and at a cell of more than 131,072 characters.
    SourceError
        A record is longer than `csv_lines.MOST_OF_RECORD`.
    """
    if '"' not in text:
        reader = csv.reader(plain_lines(text), delimiter=delimiter, strict=True)
        for cells in reader:
            yield reader.line_num, cells
        return
    lines = Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    for cells in reader:
        lines.end_record()
        yield reader.line_num, cells


def loose_records(text: str, delimiter: str) -> Iterator[Record]:
    """Yield the records of a file with cells such as `"2"x`, which keep their quotes.

    So such a cell is text, and not the number that it would be without the quotes.

    Raises
    ------
    SourceError
        A quote is never closed, or a cell has more than 131,072 characters.
    """
    lines = Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for cells in reader:
            record = "".join(lines.record).rstrip("\r\n")
            if '"' in record:
                cells = _with_loose_quotes(record, cells, delimiter)
            lines.end_record()
            yield reader.line_num, cells
    except (_OpenQuote, csv.Error) as error:
        line = reader.line_num - len(lines.record) + 1
        raise SourceError(f"line {line} is no CSV: {shortened(str(error))}") from None


class _OpenQuote(Exception):
    """A cell begins with a quote that is never closed."""


def _with_loose_quotes(record: str, cells: list[str], delimiter: str) -> list[str]:
    """Return the cells; one with characters after its closing quote is as the file writes it."""
    sign = re.escape(delimiter)
    as_written = re.findall(rf"(?:^|{sign})({_QUOTED}[^{sign}]*|[^{sign}]*)", record)
    if len(as_written) != len(cells):
        raise _OpenQuote("a quote is never closed")
    return [
        cell if _is_whole(written) else written
        for cell, written in zip(cells, as_written, strict=True)
    ]


def _is_whole(written: str) -> bool:
    """Return whether a cell is wholly within quotes, or begins without one."""
    if not written.startswith('"'):
        return True
    inside = re.match(_QUOTED, written)
    if inside is None:
        raise _OpenQuote("a quote is never closed")
    return inside.end() == len(written)
