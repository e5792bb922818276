"""Kernels that Python calls."""

from collections.abc import Callable
from typing import Any

from numba import njit

from .cache import keep
from .flags import ENTRY


def entry(function: Callable[..., Any]) -> Any:
    """Declare a kernel that Python calls; its machine code is kept on disk."""
    return keep(njit(**ENTRY)(function))
