"""Values as short text: few digits, but enough of them to distinguish different values."""

import json
import math
from collections.abc import Callable, Sequence
from typing import TypeGuard

import numpy as np

NONE = "-"  # of a setting that does not apply, or of a quantity that was not measured
FEWEST_DIGITS = 4
_MOST_DIGITS = 17  # enough to distinguish any two doubles
_AS_JSON = (bool, list, tuple)


def is_none(value: object) -> bool:
    """Return whether a value is that of an empty cell: None or NaN."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits: 0.0153, 3600, 1e-5."""
    rounded = _rounded(value, digits)
    if 1e-4 <= abs(rounded) < 1e6:
        return np.format_float_positional(rounded, trim="-")
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def text_of(value: object, digits: int = FEWEST_DIGITS) -> str:
    """Return a value as text: `NONE` if it is empty, integers and words unchanged."""
    if is_none(value):
        return NONE
    return number(value, digits) if _is_float(value) else str(value)


def distinct_texts(
    values: Sequence[object],
    fewest: int = FEWEST_DIGITS,
    shorten: Callable[[str], str] = str,
) -> tuple[str, ...]:
    """Return for each value the shortest text, so that different values have different texts.

    All floats have the same number of significant digits. A float that is no integer is not shown
    as one, if it has fewer places before the point than digits.

    Parameters
    ----------
    values : sequence
        Numbers, words, or None and NaN for empty cells; they may repeat. Booleans and lists are
        shown as JSON, as in the tables.
    fewest : int
        The least number of significant digits.
    shorten : callable, optional
        Returns a shorter form of the text of an integer or a word. It is used if the results of
        different values differ.
    """
    cells = [_cell(value) for value in values]
    different = list(dict.fromkeys(cells))
    numbers = [value for value in different if _is_float(value) or isinstance(value, int)]
    digits = _digits_apart(numbers, fewest)

    def texts(shorten: Callable[[str], str]) -> dict[object, str]:
        return {
            value: text_of(value, digits) if _is_float(value) else shorten(text_of(value))
            for value in different
        }

    text_by_value = texts(shorten)
    if len(set(text_by_value.values())) < len(text_by_value):
        text_by_value = texts(str)
    return tuple(text_by_value[value] for value in cells)


def _cell(value: object) -> object:
    if is_none(value):
        return None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, _AS_JSON) else value


def _digits_apart(different: Sequence[float], fewest: int) -> int:
    """Return the fewest significant digits with which the floats among these numbers differ."""
    for digits in range(fewest, _MOST_DIGITS):
        rounded = [_rounded(value, digits) if _is_float(value) else value for value in different]
        pairs = zip(different, rounded, strict=True)
        hides = any(abs(v) < 10**digits and _hides_a_fraction(v, r) for v, r in pairs)
        if len(set(rounded)) == len(different) and not hides:
            return digits
    return _MOST_DIGITS


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def _hides_a_fraction(value: float, rounded: float) -> bool:
    return value % 1 != 0 and rounded % 1 == 0


def _is_float(value: object) -> TypeGuard[float]:
    return isinstance(value, float | np.floating) and not is_none(value)
