"""Scaling of a column to mean 0 and standard deviation 1, for numbers of every size."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

# A spread below this share of the largest value, 450 units in its last place, is taken for
# rounding: 0.3 and 0.30000000000000004 are one number.
ROUNDING = 1e-13
_SMALLEST = float(np.finfo(np.float64).smallest_normal)


class Scale(NamedTuple):
    """What is subtracted from a column, and what it is then divided by."""

    mean: float
    std: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Scale":
        """Return the mean and the standard deviation of the values that are not NaN.

        The squares of numbers above 1e154 overflow, and those of numbers below 1e-162 are 0.
        Therefore the sums are over the values times a power of two, which rounds nothing.
        """
        unit, power = _unit(values[~np.isnan(values)])
        return cls(float(np.ldexp(unit.mean(), power)), float(np.ldexp(unit.std(), power)))

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values scaled; infinite where the result overflows."""
        power = _power(max(abs(self.mean), self.std))
        with np.errstate(over="ignore"):
            unit = np.ldexp(values, -power) - np.ldexp(self.mean, -power)
            scaled: NDArray[np.float64] = unit / np.ldexp(self.std, -power)
        return scaled

    def undo(self, scaled: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of which `apply` makes these; infinite where the result overflows."""
        power = _power(max(abs(self.mean), self.std))
        with np.errstate(over="ignore"):
            unit = scaled * np.ldexp(self.std, -power) + np.ldexp(self.mean, -power)
            values: NDArray[np.float64] = np.ldexp(unit, power)
        return values


UNSCALED = Scale(0.0, 1.0)


def no_spread(values: NDArray[np.float64]) -> str | None:
    """Return why the values that are not NaN have no spread to divide by, or None."""
    known = values[~np.isnan(values)]
    if known.min() == known.max():
        return "is constant"
    unit, power = _unit(known)
    if unit.std() <= ROUNDING * np.abs(unit).max():
        return "is constant up to rounding"
    if np.ldexp(unit.std(), power) < _SMALLEST:
        return f"has a spread below {_SMALLEST:.1g}"
    return None


def _unit(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Return the values over a power of two, so that they are within -1 and 1, and its exponent."""
    power = _power(np.abs(values).max())
    unit: NDArray[np.float64] = np.ldexp(values, -power)
    return unit, power


def _power(largest: ArrayLike) -> int:
    """Return the smallest exponent of two whose power is above a number."""
    return int(np.frexp(largest)[1])
