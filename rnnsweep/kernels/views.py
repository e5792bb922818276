"""Views of contiguous memory, without numba's checks for steps and copies.

``a[start:end].reshape(rows, columns)`` calls two functions and compiles to a page of code; a
training of a small network makes a hundred views a step.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from .cpu import config
from .flags import Array


def flat(a: Array, start: int, size: int) -> Array:
    """Return `size` elements of a contiguous array, from its element `start` on, as a vector."""
    return a.reshape(-1)[start : start + size]


def table(a: Array, start: int, rows: int, columns: int) -> Array:
    """Return the elements of a contiguous array from `start` on as a matrix (rows, columns)."""
    return a.reshape(-1)[start : start + rows * columns].reshape((rows, columns))


def _view(context: Any, builder: Any, kind: Any, source: Any, start: Any, shape: list[Any]) -> Any:
    """Return an array of a numba type over the memory of another."""
    data = builder.gep(source.data, [start])
    step = ir.Constant(start.type, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [step]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    view = context.make_array(kind)(context, builder)
    populate_array(view, data, shape, strides, step, None)
    return view._getvalue()


if not config.DISABLE_JIT:

    @intrinsic
    def flat(context, a, start, size):
        """Return a vector over a part of an array's memory."""
        kind = types.Array(a.dtype, 1, "C")

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = context.make_array(signature.args[0])(context, builder, values[0])
            return _view(context, builder, kind, source, values[1], [values[2]])

        return kind(a, types.intp, types.intp), codegen

    @intrinsic
    def table(context, a, start, rows, columns):
        """Return a matrix over a part of an array's memory."""
        kind = types.Array(a.dtype, 2, "C")

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            source = context.make_array(signature.args[0])(context, builder, values[0])
            return _view(context, builder, kind, source, values[1], list(values[2:]))

        return kind(a, types.intp, types.intp, types.intp), codegen
