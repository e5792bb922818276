"""Values as short text: few digits, but enough of them to keep different values apart."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeGuard

import numpy as np

NONE = "-"  # where a setting does not apply, or nothing was measured
FEWEST_DIGITS = 4
_MOST_DIGITS = 17  # no two doubles agree in as many
_AS_JSON = (bool, list, tuple)


def is_none(value: object) -> bool:
    """Return whether a cell of a table is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: float, digits: int = 3) -> str:
    """Return a number with few significant digits: 0.0153, 3600, 1e-5."""
    rounded = float(f"{value:.{digits}g}")
    if 1e-4 <= abs(rounded) < 1e6:
        return np.format_float_positional(rounded, trim="-")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def text_of(value: object, digits: int = FEWEST_DIGITS) -> str:
    """Return a cell of a table as text: `NONE` if empty, integers and words as they are."""
    if is_none(value):
        return NONE
    return number(value, digits) if _is_float(value) else str(value)


def distinct_texts(
    values: Sequence[object],
    fewest: int = FEWEST_DIGITS,
    shorten: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Return the shortest texts, one a value, that differ wherever the values differ.

    All numbers have as many significant digits. No number is rounded to an integer that it is
    not, as long as it has fewer places before the point than digits.

    Parameters
    ----------
    values : sequence
        Numbers, words, or None and NaN for an empty cell; they may repeat. Truth values and lists
        are JSON, as in the tables.
    fewest : int
        Significant digits to begin with.
    shorten : callable, optional
        Takes the text of an integer or a word, and returns a shorter one; its result is used where
        it differs for different values.
    """
    cells = [_cell(value) for value in values]
    different = list(dict.fromkeys(cells))
    digits = _digits_apart([value for value in different if _is_float(value)], fewest)

    def texts(fit: Callable[[str], str]) -> dict[object, str]:
        return {
            value: text_of(value, digits) if _is_float(value) else fit(text_of(value))
            for value in different
        }

    found = texts(shorten)
    if len(set(found.values())) < len(found):
        found = texts(str)
    return tuple(found[value] for value in cells)


def _cell(value: object) -> object:
    if is_none(value):
        return None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, _AS_JSON) else value


def _digits_apart(different: Sequence[float], fewest: int) -> int:
    for digits in range(fewest, _MOST_DIGITS):
        rounded = {float(f"{value:.{digits}g}") for value in different}
        if len(rounded) == len(different) and not _hides_a_fraction(different, digits):
            return digits
    return _MOST_DIGITS


def _hides_a_fraction(values: Iterable[float], digits: int) -> bool:
    return any(
        abs(value) < 10**digits
        and not value.is_integer()
        and float(f"{value:.{digits}g}").is_integer()
        for value in map(float, values)
    )


def _is_float(value: object) -> TypeGuard[float]:
    return isinstance(value, float | np.floating) and not is_none(value)
