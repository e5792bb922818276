"""Whole numbers that users pass to functions, of Python's types or NumPy's."""

from operator import index
from typing import Any


def as_whole(value: Any) -> int | None:
    """Return a whole number as an int, and None for anything else; a bool is no number."""
    try:
        return None if isinstance(value, bool) else index(value)
    except TypeError:
        return None


def whole(
    name: str,
    value: Any,
    least: int,
    error: type[Exception] = ValueError,
    unit: str = "",
    most: int | None = None,
) -> int:
    """Return an argument that is a whole number as an int.

    Parameters
    ----------
    name : str
        The name of the argument.
    value : object
    least : int
        The smallest number that is allowed.
    error : type of exception, optional
        What is raised for another value; the message names the argument and what is allowed.
    unit : str, optional
        What is counted, for the message.
    most : int, optional
        The largest number that is allowed.
    """
    number = as_whole(value)
    if number is None or number < least or (most is not None and number > most):
        counted = f" of {unit}," if unit else " of"
        up_to = "" if most is None else f" and at most {most}"
        raise error(
            f"{name} is {value!r}; allowed: a whole number{counted} at least {least}{up_to}"
        )
    return number
