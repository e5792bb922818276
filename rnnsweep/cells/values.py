"""Values of a cell's table: which are right, and how a message writes one."""

import math
from numbers import Real
from typing import TypeGuard

_LONGEST = 40


def finite(value: object) -> float | None:
    """Return a finite number as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real):  # NumPy's numbers, too
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_list_of_texts(value: object) -> TypeGuard[list[str] | tuple[str, ...]]:
    """Return whether a value is a list of texts, which may be empty."""
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def shown(value: object) -> str:
    """Return a value as a short text."""
    if isinstance(value, bool):
        return str(value).lower()  # as TOML writes it
    if isinstance(value, str):
        return repr(short(value))
    try:
        return short(repr(value))
    except ValueError:  # a whole number with thousands of digits
        return "a number with thousands of digits"


def short(value: object) -> str:
    """Return the beginning of a text, and all of it if that is short."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
