"""The equations as a list of values, each of them one function of others, or arithmetic.

Every call of a function has a value of its own, because the way back needs its value or its slope;
`act` becomes what it means; numbers are folded. No expression is long: a part of more than
`LONGEST` nodes becomes a value of its own, so what is derived from the equations is never much
longer than they are.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from rnnsweep.vocabulary import ACTIVATIONS

from . import trees
from .activation import activation_tree
from .algebra import ONE, fold, is_leaf, number, size
from .functions import FUNCTIONS, function
from .names import Names
from .trees import Tree

if TYPE_CHECKING:
    from .cell import Cell

LONGEST = 40
HIGHEST_PRODUCT = 8
"""Whole exponents up to this one are written as products."""


class Value(NamedTuple):
    """An assignment, and the text of the equation that it is part of."""

    name: str
    tree: Tree
    equation: str


class PreActivation(NamedTuple):
    """A call of an activation in the equations."""

    function: str
    """A word, or the text of a formula."""
    is_act: bool
    argument: Tree
    result: Tree


class Expansion:
    """The values of a cell's equations, each after those that it needs.

    Attributes
    ----------
    names : Names
    values : list of Value
    pre_activations : list of PreActivation
    noises : list of str
        A name for each occurrence of `noise()`.
    """

    def __init__(self, cell: "Cell") -> None:
        self._activation = cell.activation
        self.names = Names(user_names(cell))
        self.values: list[Value] = []
        self.pre_activations: list[PreActivation] = []
        self.noises: list[str] = []
        self._results: dict[Tree, Tree] = {}  # of calls
        self._equation = ""
        variables = {name: ("name", self.names.in_source(name)) for name in user_names(cell)}
        for name, tree in cell.assignments:
            self._equation = f"{name} = {trees.text(tree)}"
            in_source = self.names.in_source(name)
            self._define(in_source, self._expand(tree, variables, in_source))

    def _define(self, name: str, tree: Tree) -> Tree:
        if tree != ("name", name):  # else the call at the top of the equation has its name
            self.values.append(Value(name, tree, self._equation))
        return ("name", name)

    def _leaf(self, tree: Tree, wish: str) -> Tree:
        """Return a number or a name for an expression, the name of a new value if need be."""
        return tree if is_leaf(tree) else self._define(self.names.fresh(wish), tree)

    def _expand(self, tree: Tree, variables: Mapping[str, Tree], name: str = "") -> Tree:
        """Return the expression with names in place of its calls.

        `name` is that of the equation, at its top: the value of a call there gets it.
        """
        kind = tree[0]
        if kind == "num":
            return tree
        if kind == "name":
            return variables[tree[1]]
        parts = [self._expand(part, variables) for part in trees.parts(tree)]
        if kind == "call":
            return self._expand_call(tree[1], parts, name)
        if kind == "**":
            return self._power(parts[0], parts[1], name)
        made = fold((kind, *parts))
        return self._leaf(made, "part") if size(made) > LONGEST else made

    def _expand_call(self, word: str, arguments: list[Tree], name: str) -> Tree:
        if word == "noise":
            self.noises.append(self.names.fresh("noise"))
            return ("name", self.noises[-1])
        is_act, word = word == "act", self._activation if word == "act" else word
        if word in FUNCTIONS:
            result = self._call(word, arguments, name)
        else:
            arguments[0] = self._leaf(arguments[0], "x")
            result = self._formula(word, arguments[0], name)
        if word in ACTIVATIONS or is_act:
            self.pre_activations.append(PreActivation(word, is_act, arguments[0], result))
        return result

    def _formula(self, text: str, x: Tree, name: str) -> Tree:
        """Return the name of the value of a formula at `x`."""
        n_before = len(self.pre_activations)
        tree = self._expand(activation_tree(text), {"x": x}, name)
        del self.pre_activations[n_before:]  # inside the formula: all of it is one activation
        wish = name or self.names.fresh(self._wish("act", x))
        return tree if is_leaf(tree) else self._define(wish, tree)

    def _call(self, word: str, arguments: list[Tree], name: str = "") -> Tree:
        """Return the name of the value of a call; equal calls have one value."""
        if word == "identity":
            return arguments[0]
        wish = name or self._wish(word, arguments[0])
        if function(word).is_cheap:  # what it becomes has the argument more than once
            arguments = [self._leaf(argument, f"in_{word}") for argument in arguments]
        call = ("call", word, *arguments)
        if call not in self._results:
            self._results[call] = self._define(name or self.names.fresh(wish), call)
        return self._results[call]

    def _wish(self, word: str, argument: Tree) -> str:
        """Return a name for the value of a call."""
        is_name = argument[0] == "name"
        return f"{word}_{argument[1]}" if is_name else self.names.numbered(word)

    def _power(self, base: Tree, exponent: Tree, name: str) -> Tree:
        if exponent[0] != "num":
            return self._call("power", [self._leaf(base, "base"), exponent], name)
        n = exponent[1]
        folded = fold(("**", base, exponent))
        if folded[0] == "num" or n in (0, 1):
            return folded if folded[0] == "num" else base if n else ONE
        if n == 0.5:
            return self._call("sqrt", [base], name)
        if n == -0.5:
            return ("/", ONE, self._call("sqrt", [base]))
        base = self._leaf(base, "base")
        if not n.is_integer() or abs(n) > HIGHEST_PRODUCT:
            return self._call("power", [base, exponent], name)
        power = base if abs(n) == 1 else ("**", base, number(abs(n)))
        return power if n > 0 else ("/", ONE, power)


def user_names(cell: "Cell") -> tuple[str, ...]:
    """Return all names of the equations."""
    return (
        *(each.name for each in cell.sums),
        *(f"{state}_prev" for state in cell.states),
        *(name for name, _ in cell.assignments),
        *(vector.name for vector in cell.vectors),
        *(name for name, _ in cell.constants),
    )
