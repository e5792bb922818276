"""Every kernel that is kept on disk: the entries, and the functions called by address."""

import pkgutil
from importlib import import_module

from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from some_cells import CELLS

from rnnsweep import kernels
from rnnsweep.kernels.activations import ACTIVATIONS
from rnnsweep.kernels.apart import Apart


def every_kernel():
    """Return the compiled functions by their full names."""
    values = [activation.kernel for activation in ACTIVATIONS.values()]
    for module in pkgutil.walk_packages(kernels.__path__, "rnnsweep.kernels."):
        values += vars(import_module(module.name)).values()
    by_name = {}
    for value in values:
        kernel = value.kernel if isinstance(value, Apart) else value
        if isinstance(kernel, Dispatcher) and isinstance(kernel._cache, FunctionCache):
            by_name[f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"] = kernel
    return by_name


def assert_compiled_once_a_cell_and_precision():
    """Check that this process compiled no kernel twice for one cell and precision."""
    for name, kernel in every_kernel().items():
        kinds = [_cell_and_precision(str(signature)) for signature in kernel.signatures]
        assert len(set(kinds)) == len(kinds), f"{name}: {kernel.signatures}"


def _cell_and_precision(signature):
    """Return the cell, None for a kernel without weights, and the precision of its arrays."""
    cell = next((cell for cell in CELLS if f"{cell.capitalize()}Weights(" in signature), None)
    # Both precisions have sums in float64.
    return cell, "float32" if "float32" in signature else "float64"
