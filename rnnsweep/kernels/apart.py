"""Functions that are compiled apart, and called by their address.

LLVM optimises a compiled function again inside each function that calls it, so that the calls of
a training, five deep, took 21 s to compile. A function of this kind is compiled once, by itself; a
caller gets its address as a number in its arguments. So a caller does not depend on which
activation, loss or optimizer it is handed: what a trial does not use is not compiled, and what it
does use can be compiled by two processes side by side.

A call by address passes its arguments as numba passes them, and nothing is checked when it runs.
So it is checked when the caller is compiled: some declared function has to take exactly the types
of the call.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from .argument_types import numba_types
from .cache import keep
from .cpu import config
from .flags import UNCACHED

# Without the JIT an address is a place in this list; 0 means no function in both worlds.
_PYTHON_FUNCTIONS: list[Callable[..., None] | None] = [None]


class Apart:
    """A kernel without a result that other kernels call by its address.

    Parameters
    ----------
    function : callable
    flags : dict
        Compile flags.
    pattern : callable, optional
        A function with the same arguments; its annotations are their types. The function itself
        if left out.
    """

    patterns: set[Callable[..., None]] = set()  # noqa: RUF012 - of all functions

    def __init__(
        self,
        function: Callable[..., None],
        flags: dict[str, Any],
        pattern: Callable[..., None] | None = None,
    ) -> None:
        self._pattern = pattern or function
        self.kernel: Any = keep(njit(**flags)(function))
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self._addresses: dict[Any, int] = {}
        self.patterns.add(self._pattern)

    def types(self, dtype: Any) -> tuple[Any, ...]:
        """Return numba's types of the arguments; see `argument_types.numba_types`."""
        return numba_types(self._pattern, np.dtype(dtype))

    def address(self, dtype: Any) -> int:
        """Return the address of the function for a precision, compiled or from the cache."""
        key = np.dtype(dtype)
        if key not in self._addresses:
            self._addresses[key] = self._compile(self.types(key))
        return self._addresses[key]

    def _compile(self, arguments: tuple[Any, ...]) -> int:
        if config.DISABLE_JIT:
            _PYTHON_FUNCTIONS.append(self.kernel)
            return len(_PYTHON_FUNCTIONS) - 1
        self.kernel.compile(arguments)
        compiled = self.kernel.overloads[arguments]
        return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


def apart(function: Callable[..., None]) -> Apart:
    """Declare a kernel that is called by its address."""
    return Apart(function, UNCACHED)


def emit_call(
    context: Any, builder: Any, address: Any, arguments: tuple[Any, ...], values: list[Any]
) -> None:
    """Write the instructions of a call by address, for an intrinsic."""
    convention = context.call_conv
    function = convention.get_function_type(types.none, arguments).as_pointer()
    # The status that comes back says whether an exception was raised, and kernels raise none.
    convention.call_function(
        builder, builder.inttoptr(address, function), types.none, arguments, values
    )


def call(address: int, args: tuple[Any, ...]) -> None:
    """Call the function at an address."""
    function = _PYTHON_FUNCTIONS[address]
    assert function is not None
    function(*args)


def _check_declared(arguments: tuple[Any, ...]) -> None:
    """Refuse a call with types that no declared function takes."""
    arguments = tuple(map(_without_literals, arguments))
    for dtype in map(np.dtype, (np.float32, np.float64)):
        if any(numba_types(pattern, dtype) == arguments for pattern in Apart.patterns):
            return
    raise TypingError(f"no function that is called by its address takes {arguments}")


def _without_literals(kind: Any) -> Any:
    """Return the type of a number that numba knows by its value, also in a NamedTuple."""
    struct = getattr(kind, "instance_class", None)
    if struct is not None:  # a NamedTuple
        return types.BaseTuple.from_types(map(_without_literals, kind), struct)
    return types.unliteral(kind)


if not config.DISABLE_JIT:

    @intrinsic
    def call(context, address, args):
        """Call the function at an address; it has no result."""
        _check_declared(tuple(args))
        signature = types.void(address, args)

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            members = cgutils.unpack_tuple(builder, values[1])
            emit_call(context, builder, values[0], tuple(signature.args[1]), members)
            return context.get_dummy_value()

        return signature, codegen
