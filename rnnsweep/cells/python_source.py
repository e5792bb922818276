"""The emitted source without numba: every loop is one operation on NumPy arrays."""

import ast
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np


def numpy_functions(source: str) -> dict[str, Callable[..., None]]:
    """Return the functions of an emitted source, working on NumPy arrays.

    ``for k in range(size)`` runs once, with a slice for k, and ``a if condition else b`` becomes
    a choice for each element.
    """
    tree = _Elementwise().visit(ast.parse(source))
    namespace: dict[str, Any] = {
        "math": SimpleNamespace(sqrt=np.sqrt),
        "elementary": _ELEMENTARY,
        "activations": _activations(),
        "powers": SimpleNamespace(power=np.power),
        "elementwise": lambda function: function,
        "load": lambda number, array, k: array[k],
        "store": _store,
        "array": _Rows,
        "range": _one_slice,
        "where": np.where,
    }
    exec(compile(ast.fix_missing_locations(tree), "<cell>", "exec"), namespace)
    return {name: namespace[name] for name in ("advance", "retreat", "slopes")}


class _Elementwise(ast.NodeTransformer):
    """Leaves out imports, and turns conditional expressions into calls of `where`."""

    def visit_Import(self, node: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        return None

    def visit_IfExp(self, node: ast.IfExp) -> ast.Call:
        self.generic_visit(node)
        where = ast.Name("where", ast.Load())
        return ast.Call(where, [node.test, node.body, node.orelse], [])


def _one_slice(size: int) -> Iterator[slice]:
    yield slice(0, size)


class _Rows:
    """The rows of an array; what is read of them does not change when they are written."""

    def __init__(self, memory: Any, at: Any, number: int, start: int, size: int) -> None:
        self._values = memory[at[number] + start : at[number] + start + size]

    def __getitem__(self, k: slice) -> Any:
        return self._values[k].copy()

    def __setitem__(self, k: slice, value: Any) -> None:
        self._values[k] = value


def _store(number: int, array: _Rows, k: slice, value: Any) -> None:
    array[k] = value


def _sigmoid(z: Any) -> Any:
    return 0.5 + 0.5 * np.tanh(0.5 * z)


_erf = np.vectorize(math.erf, otypes=[float])


def _normal(z: Any) -> tuple[Any, Any]:
    """Return the distribution function and the density of the normal distribution."""
    density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return 0.5 + 0.5 * _erf(z / math.sqrt(2.0)), density


# The functions of `rnnsweep.kernels.elementary` that activations and cells call.
_ELEMENTARY = SimpleNamespace(
    sigmoid=_sigmoid,
    tanh=np.tanh,
    exp=np.exp,
    log=np.log,
    expm1_below_0=np.expm1,
    softplus=lambda z: np.logaddexp(0.0, z),
    normal=_normal,
    sin_cos=lambda z: (np.sin(z), np.cos(z)),
    constants=lambda z: SimpleNamespace(tail_most=38.0, exp_least=-709.0),
)


@cache
def _activations() -> SimpleNamespace:
    """Return the activations of the kernels, each with value and slope, on NumPy arrays.

    They are read from their source: importing it loads numba, and a new activation needs no second
    entry here.
    """
    text = (Path(__file__).parents[1] / "kernels" / "activations.py").read_text("utf-8")
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if _is_elementwise(node)]
    namespace: dict[str, Any] = {
        "elementary": _ELEMENTARY,
        "type": lambda z: float,
        "where": np.where,
    }
    tree = ast.fix_missing_locations(_Elementwise().visit(tree))
    exec(compile(tree, "<activations>", "exec"), namespace)
    return SimpleNamespace(**namespace)


def _is_elementwise(node: ast.stmt) -> bool:
    """Return whether a statement is a function of a number; its decorators are taken away."""
    if not isinstance(node, ast.FunctionDef):
        return False
    calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    node.decorator_list = []
    return any(ast.unparse(call) in ("activation", "njit") for call in calls)
