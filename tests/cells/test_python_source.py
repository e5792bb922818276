"""The written source as plain Python: its types and numbers, and what the check reads it as."""

import ast
import re
from types import SimpleNamespace

import numpy as np
from cell_equations import FUNCTIONS
from drawn_cells import cells
from hypothesis import given, settings

from benchmarks.formulas import FORMULAS
from rnnsweep.cells.emit import source
from rnnsweep.cells.python_source import numpy_functions


def plain_functions(text):
    """Return the functions of a source, as they are but for the imports."""
    lines = [line for line in text.splitlines() if not line.startswith(("import", "from"))]

    def store(number, values, k, value):
        assert type(value) is values.dtype.type  # as the kernel's types are
        values[k] = value

    def array(memory, at, number, start, size):
        return memory[at[number] + start :][:size]

    def of_scalar(function):
        return lambda z: type(z)(np.asarray(function(z)).item())

    def pair(formula):
        return lambda z: (of_scalar(formula.value)(z), of_scalar(formula.slope)(z))

    elementary = {n: of_scalar(FUNCTIONS[n]) for n in ("exp", "log", "tanh", "sigmoid")}
    namespace = {
        "math": SimpleNamespace(sqrt=np.sqrt),
        "elementary": SimpleNamespace(**elementary),
        "activations": SimpleNamespace(**{name: pair(f) for name, f in FORMULAS.items()}),
        "powers": SimpleNamespace(power=lambda base, exponent: type(base)(base**exponent)),
        "elementwise": lambda function: function,
        "load": lambda number, values, k: values[k],
        "store": store,
        "array": array,
    }
    exec("\n".join(lines), namespace)
    return namespace


def memory_after(cell, functions, dtype):
    """Return a random memory of a few elements after all that the source does, back included."""
    program, n = cell.program, 3
    memory = np.random.default_rng(1).normal(size=program.n_arrays * n).astype(dtype)
    constants = np.array([value for _, value in cell.constants])
    calls = [("advance", stage) for stage in range(program.n_stages)]
    calls += [("slopes", number) for number in range(len(program.slopes))]
    calls += [("retreat", stage) for stage in reversed(range(program.n_stages))]
    with np.errstate(all="ignore"):
        for name, stage in calls:
            at = n * np.arange(program.n_arrays)
            functions[name](memory, at, constants, 0, 0, n, stage)
    return memory


@settings(max_examples=60, deadline=None)
@given(cells())
def test_on_arrays_it_does_what_it_does_for_each_element(cell):
    text = source(cell)
    expected = memory_after(cell, plain_functions(text), np.float64)
    actual = memory_after(cell, numpy_functions(text), np.float64)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(cells())
def test_single_precision_stays_single(cell):
    text = source(cell)
    assert memory_after(cell, plain_functions(text), np.float32).dtype == np.float32  # see `store`
    # NumPy lets a number of Python's take the other's type, numba does not.
    code = ast.unparse(ast.parse(text)).split('"""')[-1]
    for pattern in (
        r"real\(-?[\d.e+-]+\)",
        r"(load|store)\(\d+, ",
        r"at, \d+, (0, )?",
        r"stage == \d+",
        r"\)\[0\]",
        r"constants\[\d\]",
    ):
        code = re.sub(pattern, "", code)
    assert re.findall(r"\b\d.*", code) == []
