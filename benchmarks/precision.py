"""Wider arithmetic for activations and elementary functions, and the points to measure at.

Kernels flush subnormal numbers, so the wider functions are taken of what is left of z, and what
they return below the normal numbers counts as 0.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.formulas import SIN_RANGE
from rnnsweep.kernels import activations
from rnnsweep.kernels.apart import call
from rnnsweep.kernels.subnormals import FLUSHES, flush_subnormals, restore_mode

Points = NDArray[Any]

DTYPES: tuple[Any, ...] = (np.float32, np.float64)
WIDER: dict[Any, Any] = {np.float32: np.float64, np.float64: np.longdouble}
_BITS: dict[Any, Any] = {np.float32: np.int32, np.float64: np.int64}


def has_wider(dtype: Any) -> bool:
    """Whether this platform has a type with ten bits more, so that an ulp has its thousandths."""
    return bool(np.finfo(WIDER[dtype]).nmant >= np.finfo(dtype).nmant + 10)


# ---- where


def points(dtype: Any, n: int) -> Points:
    """Return arguments: dense where the functions bend, every decade, random bit patterns.

    Some `n` of each kind; all of them finite.
    """
    rng = np.random.default_rng(20240)
    finfo = np.finfo(dtype)
    edge = float(np.log(finfo.max))  # exp overflows above; 1.2 times it covers the subnormals
    decades = np.logspace(np.log10(finfo.smallest_subnormal) + 1, np.log10(finfo.max) - 1, n)
    info = np.iinfo(_BITS[dtype])
    random_bits = rng.integers(info.min, info.max, n, _BITS[dtype]).view(dtype)
    return np.concatenate(
        [
            np.linspace(-1, 1, n).astype(dtype),
            np.linspace(-10, 10, n).astype(dtype),
            np.linspace(-1.2 * edge, 1.2 * edge, n).astype(dtype),
            rng.uniform(-SIN_RANGE[dtype], SIN_RANGE[dtype], n).astype(dtype),
            decades.astype(dtype),
            -decades.astype(dtype),
            _near_multiples_of_half_pi(dtype, n, rng),
            random_bits[np.isfinite(random_bits)],
        ]
    )


def _near_multiples_of_half_pi(dtype: Any, n: int, rng: np.random.Generator) -> Points:
    """Return the numbers nearest to zeros of sine and cosine: the reduction's hard cases."""
    wider = WIDER[dtype]
    half_pi = np.arccos(-np.ones(1, wider)) / 2
    k = np.arange(1, SIN_RANGE[dtype] / float(half_pi[0]) - 1)
    nearest = (rng.permutation(k)[:n].astype(wider) * half_pi).astype(dtype)
    return np.concatenate([nearest, -nearest, np.nextafter(nearest, dtype(0))])


# ---- how far off


def ulp_errors(got: Points, want: Points) -> Points:
    """Return |got - want| in units in the last place of `got`'s type at `want`.

    Where `want` is 0, the smallest normal number is the unit, and a subnormal number that a
    function only copied is none.
    """
    got = flushed(got, got.dtype)
    spacing = np.spacing(np.abs(want).astype(got.dtype)).astype(want.dtype)
    unit = np.where(want == 0, np.finfo(got.dtype).tiny, spacing)
    return np.abs(got.astype(want.dtype) - want) / unit


def eps_errors(got: Points, want: Points) -> Points:
    """Return |got - want| in units of `got`'s eps, whatever the size of the value."""
    return np.abs(got.astype(want.dtype) - want) / np.finfo(got.dtype).eps


# ---- a kernel's results, and the same in wider arithmetic


def flushed(x: Points, dtype: Any) -> Points:
    """Return x with 0 for what is subnormal in a dtype."""
    return np.where(np.abs(x) < np.finfo(dtype).tiny, np.zeros_like(x), x)


def wide(function: Callable[[Points], Points], z: Points) -> Points:
    """Return a function's values in the wider type."""
    dtype = z.dtype.type
    z = flushed(z, dtype) if FLUSHES else z
    with np.errstate(all="ignore"):
        return flushed(function(z.astype(WIDER[dtype])), dtype)


@njit
def _call(address, z, h):  # noqa: ANN001, ANN202
    mode = flush_subnormals()
    call(address, (z, h))
    restore_mode(mode)


def activated(name: str, z: Points) -> tuple[Points, Points]:
    """Return the value and the slope that trainings get, by the same machine code."""
    value, slope = np.empty_like(z), z.copy()
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        _call(activations.address(name, z.dtype), slope, value)
    return value, slope
