"""Every kernel that is kept on disk: what Python calls, and what is called by address."""

import sys

from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher

from rnnsweep import kernels
from rnnsweep.kernels.apart import Apart


def every_kernel():
    """Return the compiled functions by their full names."""
    found = {}
    for name in kernels.__all__:
        for value in vars(sys.modules.get(f"rnnsweep.kernels.{name}", object)).values():
            kernel = value.kernel if isinstance(value, Apart) else value
            if isinstance(kernel, Dispatcher) and isinstance(kernel._cache, FunctionCache):
                found[f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"] = kernel
    return found
