"""The emitted source without numba: every loop is one operation on NumPy arrays."""

import ast
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

Function = Callable[[Any], Any]


def numpy_functions(source: str) -> dict[str, Callable[..., None]]:
    """Return the functions of an emitted source, working on NumPy arrays.

    ``for k in range(size)`` runs once, with a slice for k, and ``a if condition else b`` becomes
    a choice for each element.
    """
    tree = _Elementwise().visit(ast.parse(source))
    namespace: dict[str, Any] = {
        "math": SimpleNamespace(sqrt=np.sqrt),
        "elementary": SimpleNamespace(sigmoid=_sigmoid, tanh=np.tanh, exp=np.exp, log=np.log),
        "activations": SimpleNamespace(**_ACTIVATIONS),
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


def _gelu(z: Any) -> tuple[Any, Any]:
    cdf = 0.5 + 0.5 * _erf(z / math.sqrt(2.0))
    return z * cdf, cdf + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _pair(value: Function, slope: Function) -> Function:
    return lambda z: (value(z), slope(z))


# Value and slope, as `rnnsweep.kernels.activations` has them.
_ACTIVATIONS: dict[str, Function] = {
    "sigmoid": _pair(_sigmoid, lambda z: _sigmoid(z) * (1.0 - _sigmoid(z))),
    "tanh": _pair(np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "relu": _pair(lambda z: np.where(z < 0, 0.0, z), lambda z: 1.0 * (z > 0)),
    "identity": _pair(lambda z: z, np.ones_like),
    "leaky_relu": _pair(
        lambda z: np.where(z < 0, 0.01 * z, z), lambda z: np.where(z > 0, 1.0, 0.01)
    ),
    "elu": _pair(
        lambda z: np.where(z < 0, np.expm1(z), z), lambda z: np.where(z > 0, 1.0, np.exp(z))
    ),
    "softplus": _pair(lambda z: np.logaddexp(0.0, z), _sigmoid),
    "gelu": _gelu,
    "silu": _pair(
        lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1.0 + z * (1.0 - _sigmoid(z)))
    ),
    "softsign": _pair(lambda z: z / (1.0 + np.abs(z)), lambda z: (1.0 + np.abs(z)) ** -2),
    "hard_tanh": _pair(lambda z: np.clip(z, -1.0, 1.0), lambda z: 1.0 * (np.abs(z) < 1)),
    "sin": _pair(np.sin, np.cos),
}
