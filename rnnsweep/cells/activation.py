"""What `act` may mean: an activation by its word, or a formula in x."""

from functools import lru_cache

from rnnsweep.suggestions import allowed
from rnnsweep.vocabulary import ACTIVATIONS

from . import trees
from .faults import CellError, Fault
from .parse import parse_formula
from .trees import Tree
from .values import shown

_KEY = "activation"
_X: Tree = ("name", "x")


def read_activation(text: str) -> str:
    """Return a word or a formula in its canonical form: equal ones have equal texts.

    Raises
    ------
    CellError
        The text is neither; the fault has the place.
    """
    if text.isidentifier() and text != "x" and text not in ACTIVATIONS:
        message = f"{shown(text)} is no activation and no formula in x"
        raise CellError([Fault(_KEY, f"{message}; {allowed(text, ACTIVATIONS)}")])
    tree = activation_tree(text)
    is_word = tree[0] == "call" and tree[1] in ACTIVATIONS and tree[2:] == (_X,)
    return str(tree[1]) if is_word else trees.text(tree)


@lru_cache(maxsize=256)
def activation_tree(text: str) -> Tree:
    """Return what a word or a formula computes from x.

    Raises
    ------
    CellError
        The formula is wrong.
    """
    return ("call", text, _X) if text in ACTIVATIONS else parse_formula(text, _KEY)
