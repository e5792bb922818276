"""Expressions put together: only what changes no value is simplified.

A derivative is made of these, so that it has no terms that are 0 and no factors that are 1. What a
user wrote is left as it is: ``x / y * y`` is not x, and ``0 * x`` is NaN where x is.

In addition to the expressions of `trees`, a derivative has ``("where", condition, a, b)`` with the
conditions ``(">", a, b)``, ``("<", a, b)``, and ``("second", "max", a, b)``, which says that
``max(a, b)`` is b.
"""

import math

from .trees import Tree, parts

ZERO: Tree = ("num", 0.0)
ONE: Tree = ("num", 1.0)


def number(value: float) -> Tree:
    """Return the expression of a number."""
    return ("num", float(value))


def is_leaf(tree: Tree) -> bool:
    """Return whether an expression is a number or a name."""
    return tree[0] in ("num", "name")


def size(tree: Tree) -> int:
    """Return the number of nodes of an expression."""
    return 1 + sum(map(size, parts(tree)))


def add(a: Tree, b: Tree) -> Tree:
    """Return a + b."""
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if a[0] == "neg":
        return subtract(b, a[1])
    return subtract(a, b[1]) if b[0] == "neg" else ("+", a, b)


def subtract(a: Tree, b: Tree) -> Tree:
    """Return a - b."""
    if b == ZERO:
        return a
    return negate(b) if a == ZERO else ("-", a, b)


def negate(a: Tree) -> Tree:
    """Return -a."""
    if a == ZERO:
        return a
    if a[0] == "num":
        return number(-a[1])
    return a[1] if a[0] == "neg" else ("neg", a)


def multiply(a: Tree, b: Tree) -> Tree:
    """Return a * b; a choice between 0, 1 and -1 chooses instead of multiplying."""
    if ZERO in (a, b):
        return ZERO
    if a == ONE:
        return b
    if b == ONE:
        return a
    if _is_choice(b):
        return ("where", b[1], multiply(a, b[2]), multiply(a, b[3]))
    if b[0] == "neg" or b == number(-1):
        return negate(multiply(a, negate(b)))
    if a[0] == "neg":
        return negate(multiply(a[1], b))
    return ("*", a, b)


def _is_choice(tree: Tree) -> bool:
    """Return whether an expression is 0, 1 or -1 by some condition."""
    if tree[0] != "where":
        return False
    return all(_is_choice(part) or part in (ZERO, ONE, number(-1)) for part in tree[2:])


def divide(a: Tree, b: Tree) -> Tree:
    """Return a / b."""
    if a == ZERO:
        return ZERO
    return a if b == ONE else ("/", a, b)


def fold(tree: Tree) -> Tree:
    """Return the number that an operation on numbers is; any other expression as it is.

    What is not finite stays an operation: kernels compute it as the hardware does.
    """
    if tree[0] not in ("neg", "+", "-", "*", "/", "**"):
        return tree
    if any(part[0] != "num" for part in parts(tree)):
        return tree
    values = [part[1] for part in parts(tree)]
    try:
        value = _compute(tree[0], *values)
    except (ArithmeticError, TypeError):  # 1 / 0, 10 ** 400; (-1) ** 0.5 is complex
        return tree
    return number(value) if math.isfinite(value) else tree


def _compute(operation: str, a: float, b: float = 0.0) -> float:
    if operation == "neg":
        return -a
    if operation in "+-":
        return a + b if operation == "+" else a - b
    if operation in "*/":
        return a * b if operation == "*" else a / b
    return math.pow(a, b)
