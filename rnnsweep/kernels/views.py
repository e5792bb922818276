"""Views of contiguous memory, without numba's checks for steps and copies.

``a[start:end].reshape(rows, columns)`` calls two functions and compiles to a page of code; a
training of a small network makes a hundred views a step.

Compiled, no view tests whether it lies within its array. Where kernels run as plain Python
(`NUMBA_DISABLE_JIT`), each one does, and raises `IndexError`: a buffer that is too small for what
a kernel writes is found there (`tests/kernels/test_views.py` runs every cell this way).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array
from numpy.typing import NDArray

from .cpu import config
from .flags import Array

# Whether views test their ranges.
CHECKED = bool(config.DISABLE_JIT)


def flat(a: Array, start: int, size: int) -> Array:
    """Return `size` elements of a contiguous array, from its element `start` on, as a vector."""
    _check(start, size, a.size)
    return a.reshape(-1)[start : start + size]


def table(a: Array, start: int, rows: int, columns: int) -> Array:
    """Return the elements of a contiguous array from `start` on as a matrix (rows, columns)."""
    return flat(a, start, rows * columns).reshape((rows, columns))


def flat_at(a: Array, at: NDArray[np.int64], place: int, start: int, size: int) -> Array:
    """Return a vector over a part of one of the arrays that lie in `a` one after another.

    Array `place` begins at ``a[at[place]]``, where the one before it ends; `start` counts from
    there.
    """
    end = at[place + 1] if place + 1 < at.size else a.size
    _check(start, size, end - at[place])
    return flat(a, at[place] + start, size)


def table_at(
    a: Array, at: NDArray[np.int64], place: int, start: int, rows: int, columns: int
) -> Array:
    """Return a matrix (rows, columns) over a part of such an array; see `flat_at`."""
    return flat_at(a, at, place, start, rows * columns).reshape((rows, columns))


def array(a: Array, places: NDArray[np.int64], number: int, start: int, size: int) -> Array:
    """Return a vector over a part of one of N arrays that lie in `a` in any order.

    Array `number` begins at ``a[places[number]]`` and ends before ``a[places[N + number]]``;
    `start` counts from its beginning.
    """
    _check(start, size, places[places.size // 2 + number] - places[number])
    return flat(a, places[number] + start, size)


def matrix(
    a: Array, places: NDArray[np.int64], number: int, start: int, rows: int, columns: int
) -> Array:
    """Return a matrix (rows, columns) over a part of such an array; see `array`."""
    return array(a, places, number, start, rows * columns).reshape((rows, columns))


def _check(start: int, size: int, available: int) -> None:
    """Raise `IndexError` unless a view, of any elements at all, lies within its array."""
    if size and not 0 <= start <= start + size <= available:
        raise IndexError(f"a view of elements {start} to {start + size} of an array of {available}")


def _view(
    context: Any, builder: Any, view_type: Any, source: Any, start: Any, shape: list[Any]
) -> Any:
    """Return an array of a numba type over the memory of another."""
    data = builder.gep(source.data, [start])
    step = ir.Constant(start.type, context.get_abi_sizeof(context.get_data_type(view_type.dtype)))
    strides = [step]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length))
    view = context.make_array(view_type)(context, builder)
    populate_array(view, data, shape, strides, step, None)
    return view._getvalue()


def _intrinsic(a: Any, n_axes: int, has_places: bool) -> tuple[Any, Any]:
    """Return the type of a view of `a`, and the function that writes its instructions."""

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source = context.make_array(signature.args[0])(context, builder, values[0])
        start = values[-1 - n_axes]
        if has_places:
            at = context.make_array(signature.args[1])(context, builder, values[1])
            start = builder.add(builder.load(builder.gep(at.data, [values[2]])), start)
        shape = list(values[-n_axes:])
        return _view(context, builder, signature.return_type, source, start, shape)

    return types.Array(a.dtype, n_axes, "C"), codegen


if not config.DISABLE_JIT:

    @intrinsic
    def flat(context, a, start, size):
        """Return a vector over a part of an array's memory."""
        view_type, codegen = _intrinsic(a, 1, has_places=False)
        return view_type(a, types.intp, types.intp), codegen

    @intrinsic
    def table(context, a, start, rows, columns):
        """Return a matrix over a part of an array's memory."""
        view_type, codegen = _intrinsic(a, 2, has_places=False)
        return view_type(a, types.intp, types.intp, types.intp), codegen

    @intrinsic
    def flat_at(context, a, at, place, start, size):
        """Return a vector over a part of one of several arrays."""
        view_type, codegen = _intrinsic(a, 1, has_places=True)
        return view_type(a, at, types.intp, types.intp, types.intp), codegen

    @intrinsic
    def table_at(context, a, at, place, start, rows, columns):
        """Return a matrix over a part of one of several arrays."""
        view_type, codegen = _intrinsic(a, 2, has_places=True)
        return view_type(a, at, types.intp, types.intp, types.intp, types.intp), codegen

    # Compiled, these differ in nothing from the two above.
    array: Any = flat_at  # type: ignore[no-redef]
    matrix: Any = table_at  # type: ignore[no-redef]
