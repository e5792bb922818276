"""The loops of written functions: all are vectorised over full registers, with nothing in between.

What LLVM has made of a loop is read in its own language, which is the same for every CPU.
"""

import re
from typing import NamedTuple

import pytest
from numba import config, njit
from some_cells import CELLS as SOME_CELLS

from rnnsweep.cells import CELLS, read_cell
from rnnsweep.cells.emit import source
from rnnsweep.kernels import written
from rnnsweep.kernels.cpu import VECTOR_BYTES
from rnnsweep.kernels.flags import UNCACHED
from rnnsweep.vocabulary import ACTIVATIONS, DTYPES

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")

# Of every function and operation, also where a cell has none of them.
FORMULAS = (
    "x * tanh(softplus(x))",
    "log(1 + x ** 2) - exp(-x * x)",
    "min(max(x, -1), 0.1 * x) + x ** 8",
    "x / sqrt(1 + abs(x))",
    "x ** 9",
    "(1 + abs(x)) ** -1.5",
)
REAL = {"float32": "float", "float64": "double"}
# These become one instruction each; a copy or a constant for all elements is a call of memcpy or
# memset for the whole array.
HARMLESS = re.compile(
    r"sqrtf?|llvm\.(sqrt|fabs|copysign|is\.fpclass|fma|fmuladd|[su]?(min|max))\b.*"
)
WHOLE_LOOP = re.compile(r"llvm\.mem(set|cpy|move)\b.*")


class Loops(NamedTuple):
    """What a written function has been compiled to."""

    in_source: int
    vectorised: int
    whole: int
    faults: list[str]


def loops_of(part, dtype, text):
    """Compile a function, past the cache that keeps no text of LLVM, and read its loops."""
    types = part.types(dtype)
    kernel = njit(**UNCACHED)(part.kernel.py_func)
    kernel.compile(types)
    code = kernel.inspect_llvm(types)
    blocks = re.split(r"\n(?=[\w.-]+:)", code)
    bodies = [block for block in blocks if re.match(r"vector\.body", block)]
    real = REAL[dtype]
    width = VECTOR_BYTES // (4 if dtype == "float32" else 8)
    faults = []
    for body in bodies:
        if f"<{width} x {real}>" not in body:
            faults.append("a loop of narrower vectors")
        if "extractelement" in body:
            faults.append("elements taken out of vectors one by one")
        if dtype == "float32" and "double" in body:
            faults.append("float64 among float32")
    if re.search(r"vector\.(mem|scev)check", code):
        faults.append("a check at run time")
    called = re.findall(r"\bcall [^\n]*?@([\w.]+)\(", code)
    faults += [
        f"a call of {c}" for c in called if not HARMLESS.match(c) and not WHOLE_LOOP.match(c)
    ]
    function = text.split(f"def {part.__name__}(")[1].split("\n@elementwise")[0]
    whole = sum(bool(WHOLE_LOOP.match(c)) for c in called)
    return Loops(function.count("for k in range(size):"), len(bodies), whole, faults)


def assert_vectorised(cell, dtype):
    text = source(cell)
    parts = written.parts(text)
    for part in (parts.advance, parts.retreat):
        loops = loops_of(part, dtype, text)
        assert loops.faults == [], part.__name__
        assert loops.in_source > 0
        assert loops.in_source - loops.whole <= loops.vectorised <= loops.in_source, part.__name__


@pytest.mark.parametrize("name", CELLS)
def test_every_cell(name):
    assert_vectorised(CELLS[name], "float32")


@pytest.mark.parametrize("name", SOME_CELLS)
def test_cells_in_float64(name):
    assert_vectorised(CELLS[name], "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", [*ACTIVATIONS, *FORMULAS])
def test_every_activation(activation, dtype):
    assert_vectorised(CELLS["rnn"].with_activation(activation), dtype)


def test_a_cell_of_many_arrays():
    numbers = range(16)
    lines = [f"g{n} = sigmoid(z{n} * v{n})" for n in numbers]
    table = {
        "sums": [f"z{n}" for n in numbers],
        "vectors": {f"v{n}": 1.0 for n in numbers},
        "states": ["h"],
        "equations": "\n".join([*lines, "h = " + " + ".join(f"g{n}" for n in numbers)]),
    }
    cell = read_cell(table, "many")
    assert cell.program.n_arrays > 64
    assert_vectorised(cell, "float32")


def test_a_loop_that_is_not_vectorised_is_found():
    text = source(CELLS["rnn"])
    # Each element needs the one before it.
    chained = text.replace("store(2, h_, k, h)", "store(2, h_, k, h + load(2, h_, k - 1))")
    calling = text.replace("elementary.tanh(z)", "math.tanh(z)").replace(
        '"""\n\n', '"""\nimport math\n', 1
    )
    for changed in (chained, calling):
        assert changed != text
        part = written.parts(changed).advance
        loops = loops_of(part, "float32", changed)
        assert loops.faults or loops.vectorised < loops.in_source
