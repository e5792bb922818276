"""Every activation as a plain formula: what its kernel is compared with.

A formula takes and returns arrays of any floating type, and is exact to a few roundings of that
type. The tests take it in float64 for the naive twin of a network; `ulp.py` takes it in a wider
type than the kernel's and measures the kernel's error. To add an activation, add its `Formula`;
the entry in `rnnsweep/kernels/activations.py` is all else.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Where the reduction of the argument of sine and cosine is exact.
SIN_RANGE: dict[Any, float] = {np.float32: 1e4, np.float64: 1e6}


def sigmoid(x: Array) -> Array:
    """1 / (1 + e**-x)."""
    t = np.exp(-np.abs(x))
    return np.where(x < 0, t, 1) / (1 + t)


def softplus(x: Array) -> Array:
    """ln(1 + e**x)."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def density(x: Array) -> Array:
    """Return the standard normal density."""
    pi = np.arccos(-np.ones(1, x.dtype))
    return np.exp(-x * x / 2) / np.sqrt(2 * pi)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def distribution(x: Array) -> Array:
    """Return P(normal < x).

    In another type than float64 by the series below 2, and by the continued fraction above it
    (Abramowitz and Stegun 26.2.11, 14).
    """
    if x.dtype == np.float64:
        return np.asarray(_erfc(-x / math.sqrt(2)) / 2)
    a = np.abs(x)
    term = total = np.minimum(a, 2)
    for k in range(1, 60):
        term = term * np.minimum(a, 2) ** 2 / (2 * k + 1)
        total = total + term
    fraction = np.maximum(a, 1)
    for k in range(150, 0, -1):
        fraction = np.maximum(a, 1) + k / fraction
    tail = np.where(a < 2, 0.5 - density(a) * total, density(a) / fraction)
    return np.where(x < 0, tail, 1 - tail)


def _hundredth(z: Array) -> Array:
    return np.ones_like(z) / 100  # 0.01 would be float64's


class Errors(NamedTuple):
    """The largest errors of a kernel's value and slope over a part of the numbers.

    In ulp (units in the last place of the exact result) where a relative error makes sense. In
    eps (the ulp of 1) for a slope that is made of the value, s (1 - s) or 1 - t**2 or e + 1: where
    that saturates, its last digit is all that is left; for the slopes of gelu and silu, which
    cross 0 and are sums of terms of size 1 there; and for gelu's tail, which carries the rounding
    of z**2 / 2, up to as many ulp, in values below 0.16.
    """

    value: float
    slope: float
    value_unit: str = "ulp"
    slope_unit: str = "ulp"
    where: str = ""
    part: Callable[[Array], NDArray[np.bool_]] = lambda z: np.full(z.shape, True)


class Formula(NamedTuple):
    """An activation; its slope is no difference of what is nearly equal.

    Attributes
    ----------
    value, slope : callable
        f(z) and f'(z) for finite z.
    limits : pair of pairs
        Value and slope at minus infinity, then at infinity.
    errors : tuple of Errors
        Parts that cover the numbers; the errors are a little over those measured by ``python -m
        benchmarks.ulp --points 2000000``, so that a lost digit shows.
    kinks : tuple of float
        Where the slope jumps: two precisions may be on two sides of it.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    limits: tuple[tuple[float, float], tuple[float, float]]
    errors: tuple[Errors, ...]
    kinks: tuple[float, ...] = ()


def _sigmoid_is_normal(z: Array) -> NDArray[np.bool_]:
    """Whether sigmoid(z) is not flushed to 0."""
    return z >= np.log(np.finfo(z.dtype).tiny)


INF, NAN = np.inf, np.nan

FORMULAS = {
    "sigmoid": Formula(
        sigmoid,
        lambda z: sigmoid(z) * sigmoid(-z),
        limits=((0, 0), (1, 0)),
        errors=(Errors(2.5, 0.8, slope_unit="eps"),),
    ),
    "tanh": Formula(
        np.tanh,
        lambda z: np.cosh(z) ** -2,
        limits=((-1, 0), (1, 0)),
        errors=(Errors(2.6, 2.6, slope_unit="eps"),),
    ),
    "relu": Formula(
        lambda z: np.where(z > 0, z, 0),
        lambda z: np.where(z > 0, np.ones_like(z), 0),
        limits=((0, 0), (INF, 1)),
        errors=(Errors(0, 0),),
        kinks=(0,),
    ),
    "identity": Formula(
        lambda z: z,
        np.ones_like,
        limits=((-INF, 1), (INF, 1)),
        errors=(Errors(0, 0),),
    ),
    "leaky_relu": Formula(
        lambda z: np.where(z > 0, z, z / 100),
        lambda z: np.where(z > 0, np.ones_like(z), _hundredth(z)),
        limits=((-INF, 0.01), (INF, 1)),
        errors=(Errors(0.9, 0.25),),  # 0.01 is no binary number: its rounding, and a product's
        kinks=(0,),
    ),
    "elu": Formula(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z: np.exp(np.minimum(z, 0)),
        limits=((-1, 0), (INF, 1)),
        errors=(Errors(1.3, 0.45, slope_unit="eps"),),
    ),
    "softplus": Formula(
        softplus,
        sigmoid,
        limits=((0, 0), (INF, 1)),
        errors=(Errors(2.0, 2.5),),
    ),
    "gelu": Formula(
        lambda z: z * distribution(z),
        lambda z: distribution(z) + z * density(z),
        limits=((0, 0), (INF, 1)),
        errors=(
            Errors(4.6, 1.3, "ulp", "eps", "from -1 up", lambda z: z >= -1),
            Errors(0.5, 0.5, "eps", "eps", "below -1", lambda z: z < -1),
        ),
    ),
    "silu": Formula(
        lambda z: z * sigmoid(z),
        lambda z: sigmoid(z) * (1 + z * sigmoid(-z)),
        limits=((0, 0), (INF, 1)),
        errors=(
            Errors(3.3, 1.6, "ulp", "eps", "sigmoid is not flushed", _sigmoid_is_normal),
            Errors(
                *(1e-28, 1e-28, "eps", "eps", "sigmoid is flushed to 0"),
                part=lambda z: ~_sigmoid_is_normal(z),
            ),
        ),
    ),
    "softsign": Formula(
        lambda z: z / (1 + np.abs(z)),
        lambda z: (1 + np.abs(z)) ** -2,
        limits=((-1, 0), (1, 0)),
        errors=(Errors(1.6, 1.0, slope_unit="eps"),),
    ),
    "hard_tanh": Formula(
        lambda z: np.clip(z, -1, 1),
        lambda z: np.where(np.abs(z) < 1, np.ones_like(z), 0),
        limits=((-1, 0), (1, 0)),
        errors=(Errors(0, 0),),
        kinks=(-1, 1),
    ),
    "sin": Formula(
        np.sin,
        np.cos,
        limits=((NAN, NAN), (NAN, NAN)),
        errors=(
            Errors(
                *(3.0, 3.0),
                where="up to 1e4; 1e6",
                part=lambda z: np.abs(z) <= SIN_RANGE[z.dtype.type],
            ),
        ),
    ),
}
