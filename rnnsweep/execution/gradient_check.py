"""The derived gradients of cells, checked before a sweep's first trial, once on a machine."""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from rnnsweep.cells import Cell
from rnnsweep.cells.emit import source
from rnnsweep.cells.gradcheck import TOLERANCE, GradientError, check_gradient
from rnnsweep.errors import SweepError
from rnnsweep.interruption import Interruption
from rnnsweep.kernels.cache_directory import CACHE_DIR
from rnnsweep.sweepfile import Sweep
from rnnsweep.sweepfile.wording import as_key, shown

from .progress import counted

# Keys that change what a cell computes; trials that differ in others alone share its gradient.
_OF_CELLS = ("model.cell", "model.activation", "cell.")

# A cell takes a tenth of a second. The user hears of many cells.
_SILENT_S = 1.0


def check_gradients(sweep: Sweep, say: Callable[[str], None], interruption: Interruption) -> None:
    """Compare the derived gradient of each cell of a sweep with central differences.

    An empty file in the cache directory marks the equations whose gradient was right. Where no
    mark can be written, the next run checks them again.

    Parameters
    ----------
    sweep : Sweep
    say : callable
        Takes a line for the user.
    interruption : Interruption

    Raises
    ------
    SweepError
        A gradient is wrong, or cannot be checked, since it is not finite.
    KeyboardInterrupt
        Between two cells, after a signal.
    """
    alike = [axis.key for axis in sweep.axes if not axis.key.startswith(_OF_CELLS)]
    by_equations: dict[Cell, dict[Cell, None]] = {}
    for config, _ in interruption.checked(sweep.shapes(alike)):
        by_equations.setdefault(config.cell.without_values(), {})[config.cell] = None
    marks = {equations: _mark(equations) for equations in by_equations}
    unchecked = {equations: mark for equations, mark in marks.items() if not mark.exists()}
    start, is_said = time.monotonic(), False
    for equations, mark in interruption.checked(unchecked.items()):
        if not is_said and time.monotonic() - start > _SILENT_S:
            say(
                f"checking the gradients of {counted(len(unchecked), 'cell')}, once on this machine"
            )
            is_said = True
        if message := fault(equations, _error(by_equations[equations])):
            raise SweepError(f"{sweep.path}: {_place(equations)}: {message}")
        with suppress(OSError):  # if nothing can be written, the next run checks again
            mark.touch()


def _place(cell: Cell) -> str:
    """Return where a sweep file has a cell."""
    is_inline = not cell.is_builtin and not cell.name.endswith(".toml")
    return f"[cells.{as_key(cell.name)}]" if is_inline else f"model.cell = {shown(cell.name)}"


def fault(cell: Cell, result: GradientError) -> str:
    """Return what is wrong with a cell whose gradients have this error; empty if nothing is."""
    if result.error <= TOLERANCE:
        return ""
    title = f"the cell {cell.name}{f' with {cell.activation}' if cell.uses_act else ''}"
    param = _in_words(result.param, cell)
    if not result.is_finite:
        return (
            f"{title}: its gradients cannot be checked, since its states or the gradient by "
            f"{param} are not finite in small random networks; look for a division by 0, "
            "and for a root or a logarithm of what is below 0"
        )
    return (
        f"{title}: the derived gradient by {param} differs from central differences by "
        f"{result.error:.2g} of its size; allowed: {TOLERANCE:g}. Either the equations are so "
        "steep that differences of the loss are no measure, or the derivative is wrong, which is "
        "an error in rnnsweep: please report it with the equations"
    )


def _in_words(param: str, cell: Cell) -> str:
    """Return the name of a param of `check_gradient` with what it is; other names as they are."""
    words = {f"b_{each.name}": f"the bias of {each.name}" for each in cell.sums}
    for each in cell.sums:
        words[f"W_x_{each.name}"] = f"the matrix by which the input goes into {each.name}"
        for feed in each.feeds:
            words[f"W_{feed}_{each.name}"] = f"the matrix by which {feed} goes into {each.name}"
    words |= {vector.name: "a vector of the cell" for vector in cell.vectors}
    return f"{param} ({words[param]})" if param in words else param


def _error(cells: Iterable[Cell]) -> GradientError:
    """Return the error of cells with the same equations: of the first whose loss is finite.

    With some values of its constants a cell may be undefined, and its trials diverge.
    """
    for cell in cells:
        result = check_gradient(cell)
        if result.is_finite:
            break
    return result


def _mark(equations: Cell) -> Path:
    """Return the file that says that the gradient is right: the name is all that decides it."""
    decisive = repr((equations.sums, equations.program, source(equations)))
    return CACHE_DIR / f"{hashlib.sha256(decisive.encode()).hexdigest()[:16]}.checked"
