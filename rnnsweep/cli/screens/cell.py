"""The screen of `check`: a cell's equations and sizes, and its gradients."""

import shutil
import sys
import textwrap
from collections.abc import Iterable

import click

from rnnsweep.cells import Cell, Sum, Vector
from rnnsweep.cells.derived_text import matrix_name, read_values, way_back
from rnnsweep.cells.gradcheck import TOLERANCE, GradientError
from rnnsweep.network.layout import Sizes, count_params, feeds
from rnnsweep.value_text import text_of

_WIDTH = 80
_INPUT, _HIDDEN = 2, 32


def print_cell(cell: Cell) -> None:
    """Show what a cell computes, its sizes, and the way back that was derived from it."""
    _print(": ".join(filter(None, (cell.name, cell.line))), bold=True)
    if cell.source:
        _print(cell.source)
    _heading(f"Equations, act is {cell.activation}" if cell.uses_act else "Equations")
    _list(cell.equations.splitlines())
    _heading("Sums")
    _list(_sum(cell, each) for each in cell.sums)
    _heading("Sizes")
    _rows(_sizes(cell))
    _heading("The way back, derived")
    _list(read_values(cell))
    stages = way_back(cell)
    for number, lines in enumerate(stages, 1):
        if len(stages) > 1:
            _print(f"stage {len(stages) - number}:", indent=2)
        _list(lines)
    _print(" ".join(_legend(cell)))


def print_errors(results: dict[str, GradientError]) -> None:
    """Show how far gradients are from central differences."""
    _heading(f"Largest relative error against central differences, allowed {TOLERANCE:g}")
    _rows((what, _error(result)) for what, result in results.items())


def _error(result: GradientError) -> str:
    if not result.param:
        return "nothing to compare: all gradients are 0"
    return f"{result.error:.1e} by {result.param}"


def _legend(cell: Cell) -> Iterable[str]:
    """Yield what the names of the way back mean."""
    yield "d_NAME is the gradient by a value or a sum. g_STATE is that by a state, from what"
    yield "comes later in time; at the end, that by the state one time step before."
    if cell.vectors:
        yield "g_VECTOR adds up that by a vector."
    if cell.program.n_stages > 1:
        yield "a_NAME is the gradient by a value that feeds sums, later_NAME what a later stage"
        yield "knows of one."
    if cell.has_recurrent:
        yield "U^T is a transposed matrix."
    yield "The gradient by a matrix is what the matrix multiplies, transposed, times d_SUM, added"
    yield "up over time steps."


def _sum(cell: Cell, each: Sum) -> str:
    terms = [f"x W_{each.name}"] if each.has_input else []
    terms += [f"{feed} {matrix_name(cell.program, feed, each.name)}" for feed in each.feeds]
    terms += [f"b_{each.name}"] if each.has_bias else []
    start = f", b_{each.name} starts {text_of(each.bias)} higher" if each.bias else ""
    return f"{each.name} = {' + '.join(terms)}{start}"


def _sizes(cell: Cell) -> Iterable[tuple[str, str]]:
    """Yield what the cell has, with the shapes of its parameters."""
    n_sums = sum(each.has_input for each in cell.sums)
    n_matrices = len(cell.program.matrices)
    n_vectors = sum(each.has_bias for each in cell.sums) + len(cell.vectors)
    yield "states", f"{', '.join(cell.states)}; {cell.states[0]} is read out"
    if cell.vectors:
        yield "vectors", ", ".join(map(_start, cell.vectors))
    if cell.constants:
        texts = (f"{name} = {text_of(value)}" for name, value in cell.constants)
        yield "constants", ", ".join(texts)
    if cell.uses_noise:
        yield "noise", "drawn while the network trains"
    yield "W_xh", f"(I, {_times(n_sums, 'H')})"
    for feed in feeds(cell):
        yield feed.name, f"(H, {_times(len(feed.matrices), 'H')})"
    terms = [(n_sums, "I H"), (n_matrices, "H^2"), (n_vectors, "H")]
    formula = " + ".join(_times(number, what) for number, what in terms if number)
    sizes = Sizes(_INPUT, _HIDDEN, 0, cell)
    yield "params", f"{formula} in a layer; {count_params(sizes)} for I = {_INPUT}, H = {_HIDDEN}"


def _times(number: int, what: str) -> str:
    return what if number == 1 else f"{number} {what}"


def _start(vector: Vector) -> str:
    low, high = text_of(vector.low), text_of(vector.high)
    start = f"at {low}" if vector.low == vector.high else f"from {low} to {high}"
    return f"{vector.name} (starts {start})"


def _heading(text: str) -> None:
    click.echo()
    _print(text, bold=True)


def _list(lines: Iterable[str]) -> None:
    for line in lines:
        _print(line, indent=2)


def _rows(rows: Iterable[tuple[str, str]]) -> None:
    """Print names and what they are, in two columns."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        _print(f"{name:<{width}}  {text}", indent=2)


def _print(text: str, indent: int = 0, *, bold: bool = False) -> None:
    """Print a text in lines that a terminal holds."""
    width = min(_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDTH
    before = " " * indent
    lines = textwrap.wrap(
        text,
        max(width, indent + 10),
        initial_indent=before,
        subsequent_indent=f"{before}    " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for line in lines:
        click.secho(line, bold=bold)
