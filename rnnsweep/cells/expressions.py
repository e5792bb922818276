"""Expressions as text of the emitted source."""

import re

from .names import Names
from .trees import Tree

_WORDS = {0.0: "zero", 0.5: "half", 1.0: "one", 2.0: "two", 3.0: "three"}
_IN_ELEMENTARY = ("sigmoid", "tanh", "exp", "log")
# How tightly an operation binds, as in Python.
_BINDS = {"where": 0, "+": 2, "-": 2, "*": 3, "/": 3, "neg": 4}
_ATOM = 6


class Writer:
    """Writes expressions; numbers get names, because they are in the kernel's type.

    Attributes
    ----------
    numbers : dict of float to str
        The names of the numbers so far.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self.numbers: dict[float, str] = {}

    def write(self, tree: Tree, binds: int = 0) -> str:
        """Return an expression as text, in parentheses if it binds less than is asked for."""
        text, own = self._write(tree)
        return text if own >= binds else f"({text})"

    def condition(self, tree: Tree) -> str:
        """Return a condition as text."""
        kind, *rest = tree
        if kind == "second":
            a, b = (self.write(part, 3) for part in rest[1:])
            return (
                f"({a} < {b}) | ({b} != {b})" if rest[0] == "max" else f"({b} < {a}) | ({b} != {b})"
            )
        return f"{self.write(rest[0], 2)} {kind} {self.write(rest[1], 2)}"

    def call(self, tree: Tree) -> str:
        """Return the call of a kernel's function that returns a value and its slope."""
        return f"activations.{tree[1]}({self.write(tree[2])})"

    def _write(self, tree: Tree) -> tuple[str, int]:
        kind = tree[0]
        if kind == "num":
            return self._number(tree[1]), _ATOM
        if kind == "name":
            return tree[1], _ATOM
        if kind == "call":
            return self._call(tree)
        if kind == "**":
            return " * ".join([self.write(tree[1], 5)] * int(tree[2][1])), _BINDS["*"]
        own = _BINDS[kind]
        if kind == "neg":
            return f"-{self.write(tree[1], own)}", own
        if kind == "where":
            a, b = self.write(tree[2], 1), self.write(tree[3])
            return f"{a} if {self.condition(tree[1])} else {b}", own
        # a - b - c is (a - b) - c, and so on: the right side has to bind tighter.
        return f"{self.write(tree[1], own)} {kind} {self.write(tree[2], own + 1)}", own

    def _call(self, tree: Tree) -> tuple[str, int]:
        word, *arguments = tree[1:]
        if word in ("max", "min"):
            a, b = arguments
            return self._write(("where", ("second", word, a, b), b, a))
        if word == "power":
            base, exponent = map(self.write, arguments)
            return f"powers.power({base}, {exponent})", _ATOM
        inside = self.write(arguments[0])
        if word == "abs":
            return f"abs({inside})", _ATOM
        if word == "sqrt":
            return f"math.sqrt({inside})", _ATOM
        if word in _IN_ELEMENTARY:
            return f"elementary.{word}({inside})", _ATOM
        return f"{self.call(tree)}[0]", _ATOM

    def _number(self, value: float) -> str:
        if value not in self.numbers:
            whole = value.is_integer() and abs(value) < 1e6
            digits = re.sub(r"\W+", "_", repr(abs(int(value) if whole else value)))
            sign = "minus" if value < 0 else "number"
            word = _WORDS.get(value, f"{sign}_{_WORDS.get(-value, digits)}")
            self.numbers[value] = self._names.fresh(word)
        return self.numbers[value]
