"""The functions that an equation may call, each with its slope.

A slope is an expression of the function's value where that is possible, else of the argument. At a
kink it is that of `rnnsweep.kernels.activations`: 0 for relu at 0 and for hard_tanh at -1 and 1,
0.01 for leaky_relu at 0; 0 for abs at 0. Where both arguments of max or min are equal, the first
one has the slope 1, the second one 0. (NaN is larger and smaller than every number: the value of
max and min is NaN where an argument is.)
"""

from collections.abc import Callable
from typing import NamedTuple

from rnnsweep.vocabulary import ACTIVATIONS

from .algebra import ONE, ZERO, divide, number
from .trees import Tree

HALF, MINUS_ONE = number(0.5), number(-1.0)

SlopeRule = Callable[..., tuple[Tree, ...]]
"""From the value and the arguments of a call to the slope by each argument."""


class Function(NamedTuple):
    """A function of the equations."""

    n_arguments: int
    slopes: SlopeRule | None = None
    """None: the kernel's function returns the slope with the value."""
    is_cheap: bool = False
    """Whether it is rather computed again on the way back than kept."""


def _where(condition: Tree, a: Tree, b: Tree) -> Tree:
    return ("where", condition, a, b)


def _sign(x: Tree) -> Tree:
    return _where((">", x, ZERO), ONE, _where(("<", x, ZERO), MINUS_ONE, ZERO))


def _second(function: str) -> SlopeRule:
    def slopes(value: Tree, a: Tree, b: Tree) -> tuple[Tree, ...]:
        is_second = ("second", function, a, b)
        return _where(is_second, ZERO, ONE), _where(is_second, ONE, ZERO)

    return slopes


def _softsign(value: Tree, x: Tree) -> tuple[Tree, ...]:
    rest = ("-", ONE, ("call", "abs", value))
    return (("*", rest, rest),)


def _power(value: Tree, base: Tree, exponent: Tree) -> tuple[Tree, ...]:
    less = number(exponent[1] - 1) if exponent[0] == "num" else ("-", exponent, ONE)
    return (("*", exponent, ("call", "power", base, less)), ZERO)  # the exponent is not learned


_RULES: dict[str, Function] = {
    "sigmoid": Function(1, lambda v, x: (("*", v, ("-", ONE, v)),)),
    "tanh": Function(1, lambda v, x: (("-", ONE, ("*", v, v)),)),
    "relu": Function(1, lambda v, x: (_where((">", v, ZERO), ONE, ZERO),), is_cheap=True),
    "identity": Function(1, lambda v, x: (ONE,), is_cheap=True),
    "leaky_relu": Function(
        1, lambda v, x: (_where((">", v, ZERO), ONE, number(0.01)),), is_cheap=True
    ),
    "elu": Function(1, lambda v, x: (_where((">", v, ZERO), ONE, ("+", v, ONE)),)),
    "softsign": Function(1, _softsign),
    "hard_tanh": Function(
        1, lambda v, x: (_where(("<", ("call", "abs", v), ONE), ONE, ZERO),), is_cheap=True
    ),
    "exp": Function(1, lambda v, x: (v,)),
    "log": Function(1, lambda v, x: (divide(ONE, x),)),
    "sqrt": Function(1, lambda v, x: (divide(HALF, v),), is_cheap=True),
    "abs": Function(1, lambda v, x: (_sign(x),), is_cheap=True),
    "max": Function(2, _second("max"), is_cheap=True),
    "min": Function(2, _second("min"), is_cheap=True),
    "act": Function(1),
    "noise": Function(0),
}
FUNCTIONS = {**dict.fromkeys(ACTIVATIONS, Function(1)), **_RULES}

POWER = Function(2, _power)
"""``a ** b`` with an exponent that is no small whole number; not a name of the equations."""


def function(name: str) -> Function:
    """Return a function by its name in an expression, also that of a power."""
    return POWER if name == "power" else FUNCTIONS[name]
