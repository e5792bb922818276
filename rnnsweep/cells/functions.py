"""The functions that an equation may call."""

from typing import NamedTuple

from rnnsweep.vocabulary import ACTIVATIONS


class Function(NamedTuple):
    """A function of the equations."""

    n_arguments: int


FUNCTIONS = {
    **dict.fromkeys(ACTIVATIONS, Function(1)),
    **dict.fromkeys(("exp", "log", "sqrt", "abs"), Function(1)),
    **dict.fromkeys(("min", "max"), Function(2)),
    "act": Function(1),
    "noise": Function(0),
}
