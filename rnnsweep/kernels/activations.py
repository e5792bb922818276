"""Activations: each entry is a word of the sweep file, its function and a line for people.

To add one, write a function of a number z that returns the activation's value and its derivative,
and declare it with `activation`. The vector function that networks call is made from it, and all
of the package finds it by its name. Its formula for the tests goes to `benchmarks/formulas.py`;
``python -m benchmarks.ulp`` measures its errors.

The derivative is written in terms of the value where that is possible. At a kink it is PyTorch's:
0 for relu at 0 and hard_tanh at -1 and 1, 0.01 for leaky_relu at 0. At an infinity value and
derivative are the limits, also for silu and gelu at minus infinity, where PyTorch's formulas give
NaN. The value at NaN is NaN; every clamp is written as comparisons that keep it.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any, NamedTuple

from numba import njit

from . import elementary
from .apart import Apart
from .arrays import RealVector
from .flags import INLINED, UNCACHED


class Activation(NamedTuple):
    """An entry: what kernels and measurements need of an activation."""

    kernel: Apart
    """Takes vectors ``(z, h)``; writes f(z) into h and f'(z) over z."""
    largest_slope: float
    """The largest f'(z), roughly: a unit with a small part of it counts as saturated."""


ACTIVATIONS: dict[str, Activation] = {}


def activation(line: str, *, largest_slope: float = 1.0) -> Callable[[Callable[..., Any]], Any]:
    """Declare an activation by a function of z that returns value and derivative.

    Parameters
    ----------
    line : str
        For people, a literal: `rnnsweep.vocabulary` reads it from this source.
    largest_slope : float
        See `Activation`.
    """

    def declare(function: Callable[..., Any]) -> Any:
        compiled = njit(**INLINED)(function)
        kernel = Apart(_over_vectors(compiled), UNCACHED, activate)
        ACTIVATIONS[function.__name__] = Activation(kernel, largest_slope)
        return compiled

    return declare


value_and_slope: Any = None  # exists in the copies of `activate`


def activate(z: RealVector, h: RealVector) -> None:
    """Write f(z) into h and f'(z) over z; both are vectors of one size and dtype."""
    for i in range(z.size):
        h[i], z[i] = value_and_slope(z[i])


def _over_vectors(compiled: Any) -> FunctionType:
    """Return a copy of `activate` that calls an activation's compiled function.

    The function is a global of the copy. A closure over it would be compiled in every process:
    numba makes what a closure contains part of the key under which it looks for machine code.
    """
    name = f"activate_{compiled.__name__}"
    code = activate.__code__.replace(co_name=name, co_qualname=name)
    return FunctionType(code, globals() | {"value_and_slope": compiled}, name)


@njit(**INLINED)
def _within(z, limit):
    """Return z limited to [-limit, limit], NaN for NaN."""
    z = -limit if z < -limit else z
    return limit if z > limit else z


@activation("1 / (1 + exp(-z))", largest_slope=0.25)
def sigmoid(z):
    s = elementary.sigmoid(z)
    return s, s * (type(z)(1.0) - s)


@activation("hyperbolic tangent")
def tanh(z):
    t = elementary.tanh(z)
    return t, type(z)(1.0) - t * t


@activation("max(z, 0)")
def relu(z):
    zero, one = type(z)(0.0), type(z)(1.0)
    return zero if z < 0 else z, one if z > 0 else zero


@activation("z")
def identity(z):
    return z, type(z)(1.0)


@activation("z, or 0.01 z below 0")
def leaky_relu(z):
    leak, one = type(z)(0.01), type(z)(1.0)
    return leak * z if z < 0 else z, one if z > 0 else leak


@activation("z, or exp(z) - 1 below 0")
def elu(z):
    e = elementary.expm1_below_0(type(z)(0.0) if z > 0 else z)
    return e if z < 0 else z, e + type(z)(1.0)


@activation("log(1 + exp(z))")
def softplus(z):
    return elementary.softplus(z), elementary.sigmoid(z)  # LLVM computes their e**-|z| once


@activation("z times the normal distribution function of z (the erf form)")
def gelu(z):
    """Hendrycks and Gimpel 2016, section 2."""
    cdf, density = elementary.normal(z)
    finite = _within(z, elementary.constants(z).tail_most)
    return (finite if z < 0 else z) * cdf, cdf + finite * density


@activation("z sigmoid(z)")
def silu(z):
    s = elementary.sigmoid(z)
    finite = _within(z, -elementary.constants(z).exp_least)
    # sigmoid(-z), not 1 - s: its rounding times z would cost 8 eps at z = 17.
    return (finite if z < 0 else z) * s, s + finite * (s * elementary.sigmoid(-z))


@activation("z / (1 + |z|)")
def softsign(z):
    one = type(z)(1.0)
    finite = _within(z, type(z)(2.0**100))
    s = finite / (one + abs(finite))
    return s, (one - abs(s)) * (one - abs(s))


@activation("z, limited to [-1, 1]")
def hard_tanh(z):
    zero, one = type(z)(0.0), type(z)(1.0)
    return _within(z, one), one if abs(z) < 1 else zero


@activation("sine")
def sin(z):
    return elementary.sin_cos(z)


def address(name: str, dtype: Any) -> int:
    """Return the address of the function that activates vectors ``(z, h)`` of a dtype."""
    return ACTIVATIONS[name].kernel.address(dtype)


def largest_slope(name: str) -> float:
    """Return the largest slope of an activation, roughly."""
    return ACTIVATIONS[name].largest_slope
