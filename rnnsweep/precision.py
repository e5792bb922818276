"""The range of numbers of each precision, and the losses that stay within it.

Kernels flush subnormal numbers to 0, so that the smallest number is the smallest normal one.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Floats

# Losses that are a function of an output's error. Losses of classes and probabilities are of a
# size that every precision can represent.
_OF_ERRORS = ("mse", "mae", "huber")


class Limits(NamedTuple):
    """The smallest and the largest absolute value of a number that is not 0."""

    smallest: float
    largest: float


def item_bytes(dtype: str) -> int:
    """Return the bytes that a number of a precision takes."""
    return np.dtype(dtype).itemsize


@cache
def limits(dtype: str) -> Limits:
    """Return the limits of a precision, a word of `vocabulary.DTYPES`."""
    info = np.finfo(dtype)
    return Limits(float(info.tiny), float(info.max))


def holds(dtype: str, value: float) -> bool:
    """Return whether a finite number is 0, or neither 0 nor infinite in a precision."""
    smallest, largest = limits(dtype)
    if value == 0 or smallest <= abs(value) <= largest:
        return True
    with np.errstate(over="ignore", under="ignore"):
        rounded = abs(np.dtype(dtype).type(value))
    return bool(smallest <= rounded <= largest)


def written(value: float, dtype: str) -> str:
    """Return a number with the digits of a precision, as in "1.1754944e-38"."""
    return str(np.dtype(dtype).type(value)).replace("e+", "e")


def largest_loss(dtype: str, count: int) -> float:
    """Return the largest loss of one output with which the sum of `count` losses is finite.

    Each loss has the precision of the network; their sum is in float64.
    """
    return min(limits(dtype).largest, limits("float64").largest / max(1, count))


def loss_of(loss: str, error: Floats, huber_delta: float) -> Floats | None:
    """Return the losses of absolute errors, or None if the loss is no function of an error."""
    if loss not in _OF_ERRORS:
        return None
    with np.errstate(over="ignore", under="ignore"):
        if loss == "mse":
            return error * error
        if loss == "mae":
            return error
        near = np.minimum(error, huber_delta)
        huber: Floats = near * (error - near / 2)
        return huber
