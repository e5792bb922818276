"""The delimiter of a CSV file: found if a single sign fits, never guessed."""

import csv
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from .csv_lines import Lines
from .csv_numbers import NumberFormat
from .files import SourceError

Delimiter = Literal["auto", ",", ";", "\t", "|"]
_NAMES: dict[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_SAMPLE_LINES = 1000
_SAMPLE_CHARACTERS = 1_000_000
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


class _Reading(NamedTuple):
    """The first lines of a file, cut into cells at one delimiter."""

    header: int  # its number of names
    rows: list[list[str]]

    @property
    def widths(self) -> set[int]:
        return {len(row) for row in self.rows}

    @property
    def fits(self) -> bool:
        """Whether every row has as many cells as the header has names."""
        return self.header > 1 and self.widths <= {self.header}

    @property
    def has_decimal_commas(self) -> bool:
        """Whether all rows have one number of cells, and a number with a decimal comma in each."""
        return len(self.widths) == 1 and all(
            len(row) > 1 and any(map(_DECIMAL_COMMA.fullmatch, row)) for row in self.rows
        )


def find_delimiter(text: str, numbers: NumberFormat) -> str:
    """Return the delimiter of a CSV file.

    It is the sign at which the first lines have as many cells as the header has names. If no sign
    fits, it is the one that gives the most names, so that a later message is about the lines.

    Raises
    ------
    SourceError
        Several signs fit.
    """
    lines, is_all = _sample(text)
    readings = {sign: _reading(lines, sign, is_all) for sign in _NAMES}
    fitting = [sign for sign, reading in readings.items() if reading.fits]
    if "," in (numbers.decimal, numbers.thousands) and len(fitting) > 1:
        fitting = [sign for sign in fitting if sign != ","]
    # A header with commas above rows like "1,5;20,5", which may be two values or three.
    if fitting == [","] and readings[";"].has_decimal_commas:
        fitting = [",", ";"]
    if len(fitting) > 1:
        signs = " or ".join(_NAMES[sign] for sign in fitting)
        keys = " or ".join(f"delimiter = {_as_toml(sign)}" for sign in fitting)
        raise SourceError(f"its columns may be separated by {signs}; set {keys}")
    if fitting:
        return fitting[0]
    most = max(readings, key=lambda sign: readings[sign].header)
    if readings[most].header > 1:
        return most
    # A single column.
    return ";" if "," in (numbers.decimal, numbers.thousands) else ","


def in_words(delimiter: str) -> str:
    """Return the name of a delimiter, as in "commas"."""
    return _NAMES[delimiter]


def _sample(text: str) -> tuple[list[str], bool]:
    """Return the first lines, and whether they are all; of long lines fewer, but at least two."""
    lines: list[str] = []
    rest, n_characters = Lines(text), 0
    for line in rest:
        if len(lines) == _SAMPLE_LINES or (len(lines) > 2 and n_characters > _SAMPLE_CHARACTERS):
            return lines, False
        lines.append(line)
        n_characters += len(line)
        rest.end_record()
    return lines, True


def _reading(lines: Sequence[str], sign: str, is_all: bool) -> _Reading:
    try:
        rows = list(csv.reader(lines, delimiter=sign))
    except csv.Error:
        return _Reading(0, [])
    if not is_all:
        rows = rows[:-1]  # the last record may go on after the sample
    rows = [row for row in rows if row and (len(row) > 1 or row[0].strip())]
    return _Reading(len(rows[0]), rows[1:]) if rows else _Reading(0, [])


def _as_toml(sign: str) -> str:
    return '"\\t"' if sign == "\t" else f'"{sign}"'
