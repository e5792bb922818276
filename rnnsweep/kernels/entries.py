"""Kernels that Python calls."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from .argument_types import numba_types
from .cache import keep
from .cpu import config
from .flags import ENTRY


def entry(function: Callable[..., Any]) -> Any:
    """Declare a kernel that Python calls; its machine code is kept on disk.

    The annotations of its arguments are their types.
    """
    return keep(njit(**ENTRY)(function))


def compile_entry(kernel: Any, dtype: Any) -> None:
    """Compile an entry for a network's precision, or load it from the cache."""
    if not config.DISABLE_JIT:
        kernel.compile(numba_types(kernel.py_func, np.dtype(dtype)))
