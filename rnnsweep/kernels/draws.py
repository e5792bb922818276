"""What a training draws anew at every update: the elements that dropout drops, and noise.

A hash of an element's place decides what is drawn for it. So the backward pass has the same values
again, and they depend on the trial's seed and the update alone, not on threads or their order.

Dropout is between layers (Srivastava et al. 2014; inverted, so that evaluation needs no scale).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from . import elementary
from .apart import apart
from .arrays import RealVector
from .flags import UNCACHED

# Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014): the
# step of the sequence, and the finalizer with the constants of java.util.SplittableRandom.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Draws(NamedTuple):
    """What decides which elements are dropped, and what noise is added; an address of 0: none."""

    update: int = 0  # the number of the update
    drop: int = 0  # address of `drop`
    rate: float = 0.0
    drop_key: int = 0  # uint64, of the trial
    noise: int = 0  # address of `fill_noise`
    noise_key: int = 0  # uint64, of the trial


# All arguments are written out: numba knows no defaults of a NamedTuple in a kernel.
NONE = Draws(0, 0, 0.0, 0, 0, 0)


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


@apart
def fill_noise(
    values: RealVector, occurrence: int, layer: int, t: int, key: int, update: int
) -> None:
    """Write standard normal numbers into `values` (N,), the rows of a time step of a layer.

    The transform of Box and Muller (1958), with 24 bits for the radius and 24 for the angle: no
    number is larger than 5.8. Both precisions draw the same numbers, but for rounding.
    """
    start = mixed(np.uint64(key))
    start = mixed(start + np.uint64(update))
    start = mixed(start + np.uint64(layer))
    start = mixed(start + np.uint64(t))
    start = mixed(start + np.uint64(occurrence))
    real = values.dtype.type
    unit, turn, minus_two = real(2.0**-24), real(2.0 * np.pi * 2.0**-24), real(-2.0)
    for k in range(values.size):
        bits = mixed(start + np.uint64(k) * _GOLDEN)
        radius = real(np.int64(bits >> np.uint64(40)) + 1) * unit  # in (0, 1]
        angle = real(np.int64((bits >> np.uint64(16)) & np.uint64(0xFFFFFF))) * turn
        values[k] = np.sqrt(minus_two * elementary.log(radius)) * elementary.sin_cos(angle)[1]
