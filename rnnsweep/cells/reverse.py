"""Reverse mode: from values to the gradients by what they are made of (the chain rule).

Griewank and Walther, Evaluating Derivatives (2008), section 3.2: the values are gone through from
the last one to the first; the gradient by each is a sum of terms that its readers have left.
"""

from collections.abc import Collection, Iterable

from . import trees
from .algebra import (
    ONE,
    ZERO,
    add,
    divide,
    is_leaf,
    multiply,
    negate,
    number,
    size,
)
from .expansion import LONGEST, Value
from .functions import function
from .names import Names
from .program import Line
from .trees import Tree


class Reverse:
    """The way back through values.

    Parameters
    ----------
    names : Names
    active : collection of str
        The values that have a gradient; others, such as constants, need none.
    slopes : dict of str to str
        Of the values whose slope comes from the kernel's function: the slopes' names. Modified in
        place.
    """

    def __init__(self, names: Names, active: Collection[str], slopes: dict[str, str]) -> None:
        self._names = names
        self._active = active
        self._terms: dict[str, list[tuple[Tree, str]]] = {}
        self._slopes = slopes

    def add_term(self, target: str, tree: Tree, equation: str = "") -> None:
        """Add a term to the gradient by a value, and the equation that it comes from."""
        if tree != ZERO:
            self._terms.setdefault(target, []).append((tree, equation))

    def take(self, target: str) -> tuple[Tree, tuple[str, ...]]:
        """Return the gradient by a value so far, and its equations; it starts again from 0."""
        total, equations = ZERO, []
        for tree, equation in self._terms.pop(target, []):
            total = add(total, tree)
            equations.append(equation)
        return total, tuple(dict.fromkeys(filter(None, equations)))

    def targets(self) -> tuple[str, ...]:
        """Return the values that have a gradient now."""
        return tuple(self._terms)

    def go_back(self, values: Iterable[Value]) -> list[Line]:
        """Take the gradients by values, the last one first, and leave what they give to others.

        Returns the assignments that are needed for it.
        """
        lines: list[Line] = []
        for value in reversed([*values]):
            gradient, equations = self.take(value.name)
            if gradient != ZERO:
                gradient = self._leaf(gradient, value.name, equations, lines)
                self._down(value, value.tree, gradient, lines)
        return lines

    def _leaf(
        self, gradient: Tree, name: str, equations: tuple[str, ...], lines: list[Line]
    ) -> Tree:
        if is_leaf(gradient) or (gradient[0] == "neg" and is_leaf(gradient[1])):
            return gradient
        fresh = self._names.fresh(f"d_{name}")
        lines.append(Line((fresh,), gradient, equations))
        return ("name", fresh)

    def _down(self, value: Value, tree: Tree, gradient: Tree, lines: list[Line]) -> None:
        """Leave the terms of an expression's parts; `gradient` is that by the expression."""
        if gradient == ZERO or not any(name in self._active for name in trees.names(tree)):
            return
        if tree[0] == "name":
            self.add_term(tree[1], gradient, value.equation)
            return
        if size(gradient) > LONGEST:
            gradient = self._leaf(gradient, f"part_{value.name}", (value.equation,), lines)
        for part, slope in self._parts(value, tree, gradient):
            if tree[0] == "call" and not is_leaf(part):  # several parts of it will read this
                slope = self._leaf(slope, f"{value.name}_in", (value.equation,), lines)
            self._down(value, part, slope, lines)

    def _parts(self, value: Value, tree: Tree, gradient: Tree) -> list[tuple[Tree, Tree]]:
        """Return each part of an expression with the gradient by it."""
        kind, a, *rest = tree
        if kind == "call":
            slopes = self.call_slopes(value)
            return [(part, multiply(gradient, s)) for part, s in zip(rest, slopes, strict=True)]
        if kind == "neg":
            return [(a, negate(gradient))]
        b = rest[0]
        if kind == "+":
            return [(a, gradient), (b, gradient)]
        if kind == "-":
            return [(a, gradient), (b, negate(gradient))]
        if kind == "*":
            return [(a, multiply(gradient, b)), (b, multiply(gradient, a))]
        if kind == "/":
            by_a = divide(gradient, b)
            return [(a, by_a), (b, negate(multiply(by_a, tree)))]
        less = number(b[1] - 1)  # a power with a whole exponent from 2 on
        slope = ("*", b, a if less == ONE else ("**", a, less))
        return [(a, multiply(gradient, slope))]

    def call_slopes(self, value: Value) -> tuple[Tree, ...]:
        """Return the slopes of a value that is a call, by each argument."""
        word, *arguments = value.tree[1:]
        rule = function(word).slopes
        if rule is not None:
            return rule(("name", value.name), *arguments)
        if value.name not in self._slopes:
            self._slopes[value.name] = self._names.fresh(f"slope_{value.name}")
        return (("name", self._slopes[value.name]),)
