"""Functions that are compiled apart, and called by their address.

LLVM optimises a compiled function again inside each function that calls it, so that the calls of
a training, five deep, took 21 s to compile. A function of this file's kind is compiled once, by
itself; a caller gets its address as a number in its arguments. So a caller does not depend on
which activation, loss or optimizer it is handed: what a trial does not use is not compiled, and
what it does use can be compiled by two processes side by side.

A call by address passes its arguments as numba passes them, and checks nothing: their types have
to be those that the function was compiled for (`tests/test_apart.py` compares them).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import numpy_support

from .cache import keep
from .cpu import config
from .flags import UNCACHED, UNCACHED_REDUCTION

# Without the JIT an address is a place in this list; 0 means no function in both worlds.
_PYTHON_FUNCTIONS: list[Callable[..., None] | None] = [None]


class Apart:
    """A kernel without a result that other kernels call by its address."""

    def __init__(self, function: Callable[..., None], flags: dict[str, Any]) -> None:
        self.kernel: Any = keep(njit(**flags)(function))
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self._addresses: dict[tuple[Any, ...], int] = {}

    def address(self, *kinds: Any) -> int:
        """Return the address for arguments of these numba types, compiled or from the cache."""
        found = self._addresses.get(kinds)
        if found is None:
            found = self._addresses[kinds] = self._compile(kinds)
        return found

    def _compile(self, kinds: tuple[Any, ...]) -> int:
        if config.DISABLE_JIT:
            _PYTHON_FUNCTIONS.append(self.kernel)
            return len(_PYTHON_FUNCTIONS) - 1
        self.kernel.compile(kinds)
        compiled = self.kernel.overloads[kinds]
        return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


def apart(function: Callable[..., None]) -> Apart:
    """Declare a kernel that is called by its address."""
    return Apart(function, UNCACHED)


def apart_reduction(function: Callable[..., None]) -> Apart:
    """Declare one whose sums may be reassociated."""
    return Apart(function, UNCACHED_REDUCTION)


def array_type(dtype: Any, n_axes: int) -> Any:
    """Return numba's type of a contiguous array."""
    return types.Array(numpy_support.from_dtype(np.dtype(dtype)), n_axes, "C")


def emit_call(
    context: Any, builder: Any, address: Any, kinds: tuple[Any, ...], values: list[Any]
) -> None:
    """Write the instructions of a call by address; for intrinsics."""
    convention = context.call_conv
    function = convention.get_function_type(types.none, kinds).as_pointer()
    # The status that comes back tells of exceptions, and kernels raise none.
    convention.call_function(
        builder, builder.inttoptr(address, function), types.none, kinds, values
    )


def call(address: int, args: tuple[Any, ...]) -> None:
    """Call the function at an address."""
    function = _PYTHON_FUNCTIONS[address]
    assert function is not None
    function(*args)


if not config.DISABLE_JIT:

    @intrinsic
    def call(context, address, args):
        """Call the function at an address; it has no result."""
        signature = types.void(address, args)

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            members = cgutils.unpack_tuple(builder, values[1])
            emit_call(context, builder, values[0], tuple(signature.args[1]), members)
            return context.get_dummy_value()

        return signature, codegen
