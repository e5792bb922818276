"""Activations: each returns its value and its derivative at z, side by side.

To add one: its line in `vocabulary.ACTIVATIONS`, its function here, and its loop in `ACTIVATE`.
Errors: `python -m benchmarks.ulp`, with a table in docs/performance.md.

The derivative is written in terms of the value where that is possible. At a kink it is PyTorch's:
0 for relu at 0 and hard_tanh at -1 and 1, 0.01 for leaky_relu at 0. At an infinity value and
derivative are the limits, also for silu and gelu at minus infinity, where PyTorch's formulas give
NaN. The value at NaN is NaN; every clamp is written as comparisons that keep it.
"""

from typing import Any

from numba import njit

from . import elementary
from .apart import apart, array_type
from .flags import INLINED


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


@apart
def squash(z):
    """Replace z by sigmoid(z), in place: the gates, whose slope is s (1 - s)."""
    for i in range(z.size):
        z[i] = elementary.sigmoid(z[i])


# Each writes f(z) into h and f'(z) over z; both are vectors of one size and dtype.


@apart
def activate_sigmoid(z, h):
    """See `sigmoid`."""
    for i in range(z.size):
        h[i], z[i] = sigmoid(z[i])


@apart
def activate_tanh(z, h):
    """See `tanh`."""
    for i in range(z.size):
        h[i], z[i] = tanh(z[i])


@apart
def activate_relu(z, h):
    """See `relu`."""
    for i in range(z.size):
        h[i], z[i] = relu(z[i])


@apart
def activate_identity(z, h):
    """See `identity`."""
    for i in range(z.size):
        h[i], z[i] = identity(z[i])


@apart
def activate_leaky_relu(z, h):
    """See `leaky_relu`."""
    for i in range(z.size):
        h[i], z[i] = leaky_relu(z[i])


@apart
def activate_elu(z, h):
    """See `elu`."""
    for i in range(z.size):
        h[i], z[i] = elu(z[i])


@apart
def activate_softplus(z, h):
    """See `softplus`."""
    for i in range(z.size):
        h[i], z[i] = softplus(z[i])


@apart
def activate_gelu(z, h):
    """See `gelu`."""
    for i in range(z.size):
        h[i], z[i] = gelu(z[i])


@apart
def activate_silu(z, h):
    """See `silu`."""
    for i in range(z.size):
        h[i], z[i] = silu(z[i])


@apart
def activate_softsign(z, h):
    """See `softsign`."""
    for i in range(z.size):
        h[i], z[i] = softsign(z[i])


@apart
def activate_hard_tanh(z, h):
    """See `hard_tanh`."""
    for i in range(z.size):
        h[i], z[i] = hard_tanh(z[i])


@apart
def activate_sin(z, h):
    """See `sin`."""
    for i in range(z.size):
        h[i], z[i] = sin(z[i])


ACTIVATE = {
    "sigmoid": activate_sigmoid,
    "tanh": activate_tanh,
    "relu": activate_relu,
    "identity": activate_identity,
    "leaky_relu": activate_leaky_relu,
    "elu": activate_elu,
    "softplus": activate_softplus,
    "gelu": activate_gelu,
    "silu": activate_silu,
    "softsign": activate_softsign,
    "hard_tanh": activate_hard_tanh,
    "sin": activate_sin,
}


def address(name: str, dtype: Any) -> int:
    """Return the address of the function that activates vectors ``(z, h)`` of a dtype."""
    return ACTIVATE[name].address(array_type(dtype, 1), array_type(dtype, 1))


def squash_address(dtype: Any) -> int:
    """Return the address of `squash` for vectors of a dtype."""
    return squash.address(array_type(dtype, 1))
