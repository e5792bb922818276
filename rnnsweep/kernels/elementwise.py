"""What the written functions of a cell use: their declaration, and access to memory.

The elementwise part of a time step reads and writes up to a few dozen arrays that lie in one piece
of memory. LLVM vectorises a loop over them only if it knows that they do not overlap. Its checks at
run time cost time from the first array on, and it gives up on them between 16 and 20 arrays. So
each access names its array by a number, and is marked: arrays with different numbers do not
overlap. Twenty arrays of 256 elements took 998 ns without the marks and 102 ns with them.

Arrays whose numbers differ by a multiple of `N_MARKS` have the same mark; that these do not overlap
is checked at run time.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .apart import Apart
from .arrays import DoubleVector, IntVector, RealVector
from .cpu import config
from .flags import UNCACHED, Array
from .views import array

__all__ = ["array", "elementwise", "load", "store"]

# Different marks: more arrays than all but the largest cells have.
N_MARKS = 128
_DOMAIN = "rnnsweep.cell"


def time_step(
    memory: RealVector,
    at: IntVector,
    constants: DoubleVector,
    here: int,
    before: int,
    size: int,
    stage: int,
) -> None:
    """Run an elementwise part of a cell's time step over the first `size` elements of its arrays.

    Parameters
    ----------
    memory : (N,) array
        Modified in place.
    at : (2 * number of arrays,) array
        Where each array begins in `memory`; then where each ends, for the checks of plain Python.
    constants : array
        The constants of the cell, in its order.
    here, before : int
        From where the rows of this time step count in arrays that have a row for each time step,
        and from where those of the time step before count in the arrays of the states.
    size : int
        Elements of these rows: n sequences times H.
    stage : int
        Number of the part.
    """


# Kernels that call such a function are compiled before any is written.
Apart.patterns.add(time_step)


def elementwise(function: Callable[..., None]) -> Apart:
    """Declare a written function; its arguments are those of `time_step`."""
    return Apart(function, UNCACHED, time_step)


def load(number: int, values: Array, k: int) -> Any:
    """Return element k of array `number`."""
    return values[k]


def store(number: int, values: Array, k: int, value: Any) -> None:
    """Set element k of array `number`."""
    values[k] = value


def _mark(builder: Any, access: Any, number: int) -> None:
    """Mark a load or store as one of array `number`, which overlaps no other array."""
    module = builder.module
    domain = module.add_metadata([ir.MetaDataString(module, _DOMAIN)])
    scopes = [
        module.add_metadata([ir.MetaDataString(module, f"{_DOMAIN}.{n}"), domain])
        for n in range(N_MARKS)
    ]
    own = scopes[number % N_MARKS]
    others = [scope for scope in scopes if scope is not own]
    access.set_metadata("alias.scope", module.add_metadata([own]))
    access.set_metadata("noalias", module.add_metadata(others))


if not config.DISABLE_JIT:

    @intrinsic(prefer_literal=True)
    def load(context, number, values, k):
        """Return an element of an array that overlaps no array with another number."""
        literal = number.literal_value

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            source = context.make_array(signature.args[1])(context, builder, arguments[1])
            value = builder.load(builder.gep(source.data, [arguments[2]], inbounds=True))
            _mark(builder, value, literal)
            return value

        return values.dtype(number, values, types.intp), codegen

    @intrinsic(prefer_literal=True)
    def store(context, number, values, k, value):
        """Set an element of an array that overlaps no array with another number."""
        literal = number.literal_value

        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            target = context.make_array(signature.args[1])(context, builder, arguments[1])
            place = builder.gep(target.data, [arguments[2]], inbounds=True)
            _mark(builder, builder.store(arguments[3], place), literal)
            return context.get_dummy_value()

        return types.void(number, values, types.intp, values.dtype), codegen
