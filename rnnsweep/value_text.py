"""Values as short text: few digits, but enough of them to keep different values apart."""

import json
import math
from collections.abc import Callable, Sequence
from typing import TypeGuard

import numpy as np

NONE = "-"  # where a setting does not apply, or nothing was measured
FEWEST_DIGITS = 4
_MOST_DIGITS = 17  # as many keep any two doubles apart
_AS_JSON = (bool, list, tuple)


def is_none(value: object) -> bool:
    """Return whether a cell of a table is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: float, digits: int = 3) -> str:
    """Return a number with few significant digits: 0.0153, 3600, 1e-5."""
    rounded = _rounded(value, digits)
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
    numbers = [value for value in different if _is_float(value) or isinstance(value, int)]
    digits = _digits_apart(numbers, fewest)

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
    """Return the fewest significant digits that floats among these numbers need."""
    for digits in range(fewest, _MOST_DIGITS):
        rounded = [_rounded(value, digits) if _is_float(value) else value for value in different]
        pairs = zip(different, rounded, strict=True)
        hides = any(abs(value) < 10**digits and _hides_a_fraction(value, it) for value, it in pairs)
        if len(set(rounded)) == len(different) and not hides:
            return digits
    return _MOST_DIGITS


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _hides_a_fraction(value: float, rounded: float) -> bool:
    return value % 1 != 0 and rounded % 1 == 0


def _is_float(value: object) -> TypeGuard[float]:
    return isinstance(value, float | np.floating) and not is_none(value)
