"""The derived equations of the way back, as people write them."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import trees
from .expansion import user_names
from .names import Names
from .program import Loop, Product, Program
from .trees import Tree

if TYPE_CHECKING:
    from .cell import Cell


def way_back(cell: "Cell") -> list[list[str]]:
    """Return the equations of the way back through a time step, stage by stage, the last first.

    ``d_NAME`` is the gradient by a value or a sum, ``g_NAME`` that by a state from what comes later
    in time, and ``U_NAME^T`` a transposed matrix.
    """
    program, names = cell.program, _UserNames(cell)
    stages = []
    for loop in sorted(program.backward, key=lambda loop: -loop.stage):
        lines = [f"{line.names[0]} = {_text(line.tree)}" for line in loop.lines]
        for store in loop.stores:
            name = names.of_user(program.arrays[store.array])
            left = gradient_name(name) if store.array < len(program.kept) else name
            lines.append(f"{left} = {_text(store.tree)}")
        stages.append([names.of_user(line) for line in lines] + _products(program, loop.stage))
    return stages


def read_values(cell: "Cell") -> list[str]:
    """Return the equations of what the way back reads and the equations of the cell do not name.

    These are values inside of an equation, such as `tanh_c` for ``act(c)``, and their slopes.
    """
    program, names = cell.program, _UserNames(cell)
    lines: dict[str, tuple[str, tuple[str, ...]]] = {}
    for line in (*program.fixed, *(line for loop in program.forward for line in loop.lines)):
        value = _text(line.tree)
        text = f"{line.names[0]} = {value}"
        if len(line.names) > 1:  # a function that returns its slope with its value
            text = f"{', '.join(line.names)} = {value} and its slope"
        lines |= dict.fromkeys(line.names, (text, trees.names(line.tree)))
    written = {names.in_source(name) for name, _ in cell.assignments}
    written |= {name for loop in program.backward for line in loop.lines for name in line.names}
    open_names = list(_read(program.backward))
    texts: dict[str, None] = {}
    while open_names:
        name = open_names.pop()
        if name in lines and name not in written and lines[name][0] not in texts:
            text, needed = lines[name]
            texts[text] = None
            open_names += needed
    in_order = dict.fromkeys(text for text, _ in lines.values())
    return [names.of_user(text) for text in in_order if text in texts]


class _UserNames:
    """The names of the equations, where those of the source differ."""

    def __init__(self, cell: "Cell") -> None:
        users = user_names(cell)
        self._names = Names(users)
        self._differing = {self._names.in_source(name): name for name in users}

    def in_source(self, name: str) -> str:
        """Return the source's name for a name of the equations."""
        return self._names.in_source(name)

    def of_user(self, text: str) -> str:
        """Return a text of the source's names with those of the equations."""
        return re.sub(r"\w+", lambda word: self._differing.get(word[0], word[0]), text)


def gradient_name(name: str) -> str:
    """Return the name of the gradient by a sum."""
    return f"d_{name}"


def matrix_name(program: Program, feed: str, sum_name: str) -> str:
    """Return the name of the matrix by which a value is multiplied for a sum."""
    is_first = feed == f"{program.states[0]}_prev"
    return f"U_{sum_name}" if is_first else f"U_{feed}_{sum_name}"


def _read(loops: tuple[Loop, ...]) -> Iterator[str]:
    for loop in loops:
        yield from (name for name, _ in loop.loads)
        for tree in [*(line.tree for line in loop.lines), *(store.tree for store in loop.stores)]:
            yield from trees.names(tree)


def _products(program: Program, stage: int) -> list[str]:
    """Return what products with matrices do after the elementwise part of a stage."""
    terms: dict[str, list[str]] = {}
    for product, (feed, sum_name) in zip(program.products, program.matrices, strict=True):
        if _is_after(product, stage):
            adjoint = program.scratch[product.adjoint]
            so_far = terms.setdefault(adjoint, [] if product.fresh else [adjoint])
            matrix = matrix_name(program, feed, sum_name)
            so_far.append(f"{gradient_name(sum_name)} {matrix}^T")
    return [f"{adjoint} = {' + '.join(each)}" for adjoint, each in terms.items()]


def _is_after(product: Product, stage: int) -> bool:
    # What multiplies a state one time step before runs after all stages.
    return stage == 0 if product.feed_state >= 0 else product.stage == stage


def _text(tree: Tree) -> str:
    return trees.text(_usual(tree))


def _usual(tree: Tree) -> Tree:
    """Return a tree with a condition as ``where(a < b, c, d)``, and a power as ``**``."""
    kind, *rest = tree
    if kind == "where":
        condition, *values = rest
        return "call", "where", ("name", _condition(condition)), *map(_usual, values)
    if kind == "call" and rest[0] == "power":
        return "**", *map(_usual, rest[1:])
    return tuple(_usual(part) if isinstance(part, tuple) else part for part in tree)


def _condition(tree: Tree) -> str:
    kind, *rest = tree
    if kind == "second":  # which of two numbers max and min return
        word, a, b = rest
        return f"{_text(a)} {'<' if word == 'max' else '>'} {_text(b)}"
    return f"{_text(rest[0])} {kind} {_text(rest[1])}"
