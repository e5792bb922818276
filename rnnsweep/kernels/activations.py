"""Activations: each returns its value and its derivative at z, side by side.

To add one: its line in `vocabulary.ACTIVATIONS`, its function here, its branch in `activate`.
The derivative is written in terms of the value where that is possible. At a kink it is PyTorch's:
0 for relu at 0 and hard_tanh at -1 and 1, 0.01 for leaky_relu at 0. At an infinity value and
derivative are the limits, also for silu and gelu at minus infinity, where PyTorch's formulas give
NaN. The value at NaN is NaN; every clamp is written as comparisons that keep it.
"""

import numpy as np
from numba import njit

from ..vocabulary import ACTIVATIONS
from . import elementary
from .elementary import INLINED
from .flags import ELEMENTWISE

SIGMOID = ACTIVATIONS["sigmoid"].code
TANH = ACTIVATIONS["tanh"].code
RELU = ACTIVATIONS["relu"].code
IDENTITY = ACTIVATIONS["identity"].code
LEAKY_RELU = ACTIVATIONS["leaky_relu"].code
ELU = ACTIVATIONS["elu"].code
SOFTPLUS = ACTIVATIONS["softplus"].code
GELU = ACTIVATIONS["gelu"].code
SILU = ACTIVATIONS["silu"].code
SOFTSIGN = ACTIVATIONS["softsign"].code
HARD_TANH = ACTIVATIONS["hard_tanh"].code
SIN = ACTIVATIONS["sin"].code


@njit(**INLINED)
def _within(z, limit):
    """Return z limited to [-limit, limit], NaN for NaN."""
    z = -limit if z < -limit else z
    return limit if z > limit else z


@njit(**INLINED)
def sigmoid(z):
    """1 / (1 + e**-z)."""
    s = elementary.sigmoid(z)
    return s, s * (type(z)(1.0) - s)


@njit(**INLINED)
def tanh(z):
    """Hyperbolic tangent."""
    t = elementary.tanh(z)
    return t, type(z)(1.0) - t * t


@njit(**INLINED)
def relu(z):
    """max(z, 0)."""
    zero, one = type(z)(0.0), type(z)(1.0)
    return zero if z < 0 else z, one if z > 0 else zero


@njit(**INLINED)
def identity(z):
    """Return z as it is."""
    return z, type(z)(1.0)


@njit(**INLINED)
def leaky_relu(z):
    """Return z, or 0.01 z below 0."""
    leak, one = type(z)(0.01), type(z)(1.0)
    return leak * z if z < 0 else z, one if z > 0 else leak


@njit(**INLINED)
def elu(z):
    """Return z, or e**z - 1 below 0."""
    e = elementary.expm1_below_0(type(z)(0.0) if z > 0 else z)
    return e if z < 0 else z, e + type(z)(1.0)


@njit(**INLINED)
def softplus(z):
    """ln(1 + e**z)."""
    return elementary.softplus(z), elementary.sigmoid(z)  # LLVM computes their e**-|z| once


@njit(**INLINED)
def gelu(z):
    """Return z P(normal < z) (Hendrycks and Gimpel 2016, section 2)."""
    cdf, density = elementary.normal(z)
    finite = _within(z, elementary.constants(z).tail_most)
    return (finite if z < 0 else z) * cdf, cdf + finite * density


@njit(**INLINED)
def silu(z):
    """Return z sigmoid(z)."""
    s = elementary.sigmoid(z)
    finite = _within(z, -elementary.constants(z).exp_least)
    # sigmoid(-z), not 1 - s: its rounding times z would cost 8 eps at z = 17.
    return (finite if z < 0 else z) * s, s + finite * (s * elementary.sigmoid(-z))


@njit(**INLINED)
def softsign(z):
    """Return z / (1 + |z|)."""
    one = type(z)(1.0)
    finite = _within(z, type(z)(2.0**100))
    s = finite / (one + abs(finite))
    return s, (one - abs(s)) * (one - abs(s))


@njit(**INLINED)
def hard_tanh(z):
    """Return z, limited to [-1, 1]."""
    zero, one = type(z)(0.0), type(z)(1.0)
    return _within(z, one), one if abs(z) < 1 else zero


@njit(**INLINED)
def sin(z):
    """Sine."""
    return elementary.sin_cos(z)


@njit(**ELEMENTWISE)
def squash(z):
    """Replace z by sigmoid(z), in place: the gates, whose slope is s (1 - s)."""
    for i in range(z.size):
        z[i] = elementary.sigmoid(z[i])


@njit(**ELEMENTWISE)
def activate(code, z, h):
    """Write f(z) into h and replace z by f'(z); both are modified in place.

    Parameters
    ----------
    code : int
        Of `vocabulary.ACTIVATIONS`. An unknown one fills both arrays with NaN.
    z, h : (N,) contiguous arrays of one dtype, float32 or float64
    """
    if code == SIGMOID:
        for i in range(z.size):
            h[i], z[i] = sigmoid(z[i])
    elif code == TANH:
        for i in range(z.size):
            h[i], z[i] = tanh(z[i])
    elif code == RELU:
        for i in range(z.size):
            h[i], z[i] = relu(z[i])
    elif code == IDENTITY:
        for i in range(z.size):
            h[i], z[i] = identity(z[i])
    elif code == LEAKY_RELU:
        for i in range(z.size):
            h[i], z[i] = leaky_relu(z[i])
    elif code == ELU:
        for i in range(z.size):
            h[i], z[i] = elu(z[i])
    elif code == SOFTPLUS:
        for i in range(z.size):
            h[i], z[i] = softplus(z[i])
    elif code == GELU:
        for i in range(z.size):
            h[i], z[i] = gelu(z[i])
    elif code == SILU:
        for i in range(z.size):
            h[i], z[i] = silu(z[i])
    elif code == SOFTSIGN:
        for i in range(z.size):
            h[i], z[i] = softsign(z[i])
    elif code == HARD_TANH:
        for i in range(z.size):
            h[i], z[i] = hard_tanh(z[i])
    elif code == SIN:
        for i in range(z.size):
            h[i], z[i] = sin(z[i])
    else:
        h[:] = np.nan
        z[:] = np.nan
