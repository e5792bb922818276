"""Every kernel that is kept on disk: the entries, and the functions called by address."""

import pkgutil
import sys
from importlib import import_module

from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from rnnsweep import kernels
from rnnsweep.kernels.activations import ACTIVATIONS
from rnnsweep.kernels.apart import Apart


def every_kernel():
    """Return the compiled functions by their full names, those of written modules included."""
    for module in pkgutil.walk_packages(kernels.__path__, "rnnsweep.kernels."):
        import_module(module.name)
    values = [activation.kernel for activation in ACTIVATIONS.values()]
    for name, module in list(sys.modules.items()):
        if name.startswith("rnnsweep.kernels."):
            values += vars(module).values()
    by_name = {}
    for value in values:
        kernel = value.kernel if isinstance(value, Apart) else value
        if isinstance(kernel, Dispatcher) and isinstance(kernel._cache, FunctionCache):
            by_name[f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"] = kernel
    return by_name


def assert_compiled_once_a_precision():
    """Check that this process compiled no kernel twice for one precision.

    A written function belongs to one cell's text; all other kernels run every cell.
    """
    for name, kernel in every_kernel().items():
        # Both precisions have sums in float64.
        precisions = ["float32" in str(signature) for signature in kernel.signatures]
        assert len(set(precisions)) == len(precisions), f"{name}: {kernel.signatures}"
