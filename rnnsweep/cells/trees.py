"""Expressions as small trees of tuples, and their text.

An expression is one of

- ``("num", 2.0)``, a number;
- ``("name", "z")``, a value;
- ``("neg", a)`` and ``("+", a, b)``, and so with ``- * / **``;
- ``("call", "tanh", a)``, ``("call", "max", a, b)``, ``("call", "noise")``,

where a and b are expressions. The right side of ``**`` is a number or a name.
"""

from collections.abc import Iterator
from typing import Any

Tree = tuple[Any, ...]

# What binds tighter has the larger number. A power's left side is in parentheses if it is anything
# but a number, a name or a call; a minus is written before a product, as in -a * b = (-a) * b.
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "**": 4, "num": 5, "name": 5, "call": 5}


def parts(tree: Tree) -> Iterator[Tree]:
    """Yield the expressions that an expression is made of directly."""
    return (part for part in tree[1:] if isinstance(part, tuple))


def nodes(tree: Tree) -> Iterator[Tree]:
    """Yield an expression and all that it is made of."""
    yield tree
    for part in parts(tree):
        yield from nodes(part)


def names(tree: Tree) -> tuple[str, ...]:
    """Return the names that an expression reads, in the order of the text, none twice."""
    return tuple(dict.fromkeys(node[1] for node in nodes(tree) if node[0] == "name"))


def numbers(tree: Tree) -> tuple[float, ...]:
    """Return the numbers of an expression, in the order of the text."""
    return tuple(node[1] for node in nodes(tree) if node[0] == "num")


def operations(tree: Tree) -> list[Tree]:
    """Return the parts of an expression that compute something: all but numbers and names."""
    return [node for node in nodes(tree) if node[0] not in ("num", "name")]


def calls(tree: Tree) -> frozenset[str]:
    """Return the names of the functions that an expression calls."""
    return frozenset(node[1] for node in nodes(tree) if node[0] == "call")


def text(tree: Tree) -> str:
    """Return an expression as text, with no parentheses that are not needed.

    Equal trees have equal texts, and the text is parsed to the same tree.
    """
    kind = tree[0]
    if kind == "num":
        return _number(tree[1])
    if kind == "name":
        return str(tree[1])
    if kind == "call":
        return f"{tree[1]}({', '.join(map(text, tree[2:]))})"
    binds = _BINDS[kind]
    if kind == "neg":
        return f"-{_within(tree[1], binds)}"
    if kind == "**":
        return f"{_within(tree[1], binds + 1)} ** {text(tree[2])}"
    # a - b - c is (a - b) - c: the right side needs parentheses where it binds as loosely.
    return f"{_within(tree[1], binds)} {kind} {_within(tree[2], binds + 1)}"


def _within(tree: Tree, binds: int) -> str:
    written = text(tree)
    return written if _BINDS[tree[0]] >= binds else f"({written})"


def _number(value: float) -> str:
    is_whole = value.is_integer() and abs(value) < 1e15
    return str(int(value)) if is_whole else repr(value)
