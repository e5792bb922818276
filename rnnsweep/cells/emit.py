"""From a program to its source: the elementwise functions of a time step, for numba.

Names are those of the equations. Each line has the equation beside it that it comes from; on the
way back the line is what the chain rule makes of it.
"""

import re
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

from .expressions import Writer
from .names import Names
from .program import Line, Loop, Program, Store

if TYPE_CHECKING:
    from .cell import Cell

WIDTH = 100
"""Columns of a line of the source."""

INDENT = 14
"""Columns before and between code and comment, at most."""

_HEAD = '''"""{title}: written by rnnsweep from its equations; see docs/cells.md.

{equations}

{arrays}
On the way back, g_<state> is the gradient by a state from what comes after the time step, d_<name>
that by a value of it; the arrays of the sums get the gradients by the sums.
"""
'''
_DOCSTRINGS = {
    "advance": "Write the states after a time step, and what the way back needs.",
    "retreat": "Turn the sums into the gradients by them, and hand those by the states back.",
    "slopes": "Write the slope of a pre-activation into the first array without time.",
}


@lru_cache(maxsize=256)
def source(cell: "Cell") -> str:
    """Return the source of a cell's functions."""
    return emit(cell.program)


def emit(program: Program) -> str:
    """Return the source of a program's functions `advance`, `retreat` and `slopes`."""
    functions = [
        _Function(program, "advance", program.forward, program.n_stages).text(),
        _Function(program, "retreat", program.backward, program.n_stages).text(),
        _Function(program, "slopes", program.probes, len(program.probes)).text(),
    ]
    body = "\n\n\n".join(functions)
    imports = ["import math\n"] if "math." in body else []
    kernels = [name for name in ("activations", "elementary", "powers") if f"{name}." in body]
    if kernels:
        imports.append(f"from rnnsweep.kernels import {', '.join(kernels)}")
    used = [name for name in ("load", "store") if f"{name}(" in body]
    names = ", ".join([*(["array"] if "array(" in body else []), "elementwise", *used])
    imports.append(f"from rnnsweep.kernels.elementwise import {names}")
    equations = textwrap.indent(program.equations, "    ")
    arrays = textwrap.fill(f"The arrays, from number 0 on: {', '.join(_arrays(program))}.", WIDTH)
    head = _HEAD.format(title=program.title, equations=equations, arrays=arrays)
    return head + "\n" + "\n".join(imports) + f"\n\n\n{body}\n"


def _arrays(program: Program) -> list[str]:
    """Return the names of the arrays, those of sums with what takes their place."""
    stores = [store for loop in program.forward for store in loop.stores]
    later = {store.array: store.tree[1] for store in stores}
    names = [*program.arrays]
    for number, name in enumerate(program.kept):
        if later.get(number, name) != name:
            names[number] = f"{name} (then {later[number]})"
    return names


class _Function:
    """The text of one function; it is called with stages from 0 to `n_stages` - 1."""

    def __init__(self, program: Program, name: str, loops: tuple[Loop, ...], n_stages: int) -> None:
        self._program = program
        self._n_stages = n_stages
        self._name = name
        self._loops = loops
        used = [*program.arrays, *program.constants]
        used += [name for line in program.fixed for name in line.names]
        for loop in loops:
            used += [name for line in loop.lines for name in line.names]
            used += [name for name, _ in loop.loads]
        self._names = Names(used)
        self._writer = Writer(self._names)
        self._views: dict[int, str] = {}

    def text(self) -> str:
        """Return the function."""
        stages = sorted({loop.stage for loop in self._loops})
        bodies = [self._stage(stage) for stage in stages]  # before the head: it finds the numbers
        lines = []
        for number, (stage, body) in enumerate(zip(stages, bodies, strict=True)):
            if self._n_stages > 1:
                lines.append(f"{'el' if number else ''}if stage == {stage}:")
                body = [f"    {line}" for line in body]
            lines += body
        return "\n".join(
            [
                "@elementwise",
                f"def {self._name}(memory, at, constants, here, before, size, stage):",
                f'    """{_DOCSTRINGS[self._name]}"""',
                *(f"    {line}" for line in [*self._head(lines), *lines]),
            ]
        )

    def _head(self, lines: list[str]) -> list[str]:
        """Return the assignments of the numbers and constants that the lines have."""
        words = {word for line in lines for word in re.findall(r"\w+", line.split("#")[0])}
        fixed = []
        for line in reversed(self._program.fixed):
            if line.names[0] in words:
                fixed.append(self._assignment(line))
                words |= set(re.findall(r"\w+", fixed[-1]))
        head = [f"{name} = real({value!r})" for value, name in self._writer.numbers.items()]
        for number, name in enumerate(self._program.constants):
            if name in words:
                head.append(f"{name} = real(constants[{number}])")
        needs_type = head or "real" in words
        return ["real = memory.dtype.type", *head, *fixed[::-1]] if needs_type else []

    def _stage(self, stage: int) -> list[str]:
        loops = [loop for loop in self._loops if loop.stage == stage]
        used = {array for loop in loops for _, array in loop.loads}
        used |= {store.array for loop in loops for store in loop.stores}
        lines = []
        for array in sorted(used):
            if array not in self._views:
                self._views[array] = self._names.fresh(f"{self._program.arrays[array]}_")
            start = self._program.moves(array)
            lines.append(f"{self._views[array]} = array(memory, at, {array}, {start}, size)")
        for loop in loops:
            lines.append("for k in range(size):")
            lines += [f"    {line}" for line in self._body(loop)]
        return lines

    def _body(self, loop: Loop) -> list[str]:
        lines = [f"{name} = {self._load(array)}" for name, array in loop.loads]
        parts = [(self._assignment(line), line.equations) for line in loop.lines]
        parts += [(self._store(store), store.equations) for store in loop.stores]
        above: list[str] = []
        for line, equations in parts:
            comment = f"# {'; '.join(equations)}"
            if not equations or len(line) + len(comment) + INDENT <= WIDTH:
                lines.append(f"{line}  {comment}" if equations else line)
                above = []
                continue
            if above != (above := textwrap.wrap(comment, WIDTH - INDENT, subsequent_indent="# ")):
                lines += above
            lines.append(line)
        return lines

    def _assignment(self, line: Line) -> str:
        value = (
            self._writer.call(line.tree) if len(line.names) > 1 else self._writer.write(line.tree)
        )
        return f"{', '.join(line.names)} = {value}"

    def _load(self, array: int) -> str:
        return f"load({array}, {self._views[array]}, k)"

    def _store(self, store: Store) -> str:
        value = self._writer.write(store.tree)
        return f"store({store.array}, {self._views[store.array]}, k, {value})"
