"""Kernels that only kernels call, for tests that call them from Python."""

from functools import cache

from numba import config, njit

from rnnsweep.kernels.apart import Apart


@cache
def from_python(kernel):
    """Return the same kernel, compiled from the same source with a way in from Python."""
    if isinstance(kernel, Apart):
        kernel = kernel.kernel
    if config.DISABLE_JIT:
        return kernel
    options = {name: value for name, value in kernel.targetoptions.items() if name != "nopython"}
    return njit(**options | {"no_cpython_wrapper": False})(kernel.py_func)
