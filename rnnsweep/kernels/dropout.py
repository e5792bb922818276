"""Dropout between layers (Srivastava et al. 2014; inverted, so that evaluation needs no scale).

A hash of an element's place decides whether the element is dropped. So the backward pass drops the
same elements again, and the choice depends on the trial's seed and the update alone, not on threads
or their order.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from .apart import apart
from .arrays import RealVector
from .flags import UNCACHED

# Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014): the
# step of the sequence, and the finalizer with the constants of java.util.SplittableRandom.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Dropout(NamedTuple):
    """What decides which elements are dropped."""

    drop: int  # address of `drop`; 0: no dropout
    rate: float
    key: int  # uint64, of the trial
    update: int  # the number of the update


NONE = Dropout(0, 0.0, 0, 0)


@njit(**UNCACHED)
def mixed(z):
    """Return a hash of 64 bits."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@apart
def drop(values: RealVector, layer: int, rate: float, key: int, update: int) -> None:
    """Set a share of `values` (N,) to 0 and scale the others by 1 / (1 - rate), in place."""
    scale = values.dtype.type(1.0 / (1.0 - rate))
    zero = values.dtype.type(0.0)
    bound = np.uint64(rate * 2.0**32)
    start = mixed(np.uint64(key))
    start = mixed(start + np.uint64(update))
    start = mixed(start + np.uint64(layer))
    for k in range(values.size):
        bits = mixed(start + np.uint64(k) * _GOLDEN)
        values[k] = zero if (bits >> np.uint64(32)) < bound else values[k] * scale


def address(dtype: Any) -> int:
    """Return the address of `drop` for values of a dtype."""
    return drop.address(dtype)
