"""The records of a CSV file: its cells line by line, also where quotes are used loosely."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from .files import SourceError
from .quoting import shortened

Record = tuple[int, list[str]]
"""The number of a record's last line, and its cells."""


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
            record = "".join(taken)
            taken.clear()
            if '"' in record:
                cells = _with_loose_quotes(record.rstrip("\r\n"), cells, delimiter)
            yield reader.line_num, cells
    except _OpenQuote:
        raise SourceError(f"line {reader.line_num} is no CSV: a quote is never closed") from None
    except csv.Error as error:
        what = shortened(str(error))
        raise SourceError(f"line {reader.line_num} is no CSV: {what}") from None


class _OpenQuote(Exception):
    """A cell begins with a quote that nothing closes."""


def _with_loose_quotes(record: str, cells: list[str], delimiter: str) -> list[str]:
    """Return the cells, those with characters behind their closing quote as they are written."""
    sign = re.escape(delimiter)
    written = re.findall(rf'(?:^|{sign})("(?:[^"]|"")*"[^{sign}]*|[^{sign}]*)', record, re.DOTALL)
    if len(written) != len(cells):
        raise _OpenQuote
    return [
        own if own.startswith('"') and not re.fullmatch(r'"(?:[^"]|"")*"', own) else cell
        for own, cell in zip(written, cells, strict=True)
    ]
