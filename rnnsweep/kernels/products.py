"""Matrix products of the shapes that small networks have.

BLAS is made for large matrices. Of a time step's product (32, H) by (H, H) in float32 OpenBLAS
made 21, 43, 61, 70 and 73 GFLOP/s at H = 8, 16, 32, 64 and 128 with its AVX2 kernels, and 43,
96, 189, 227 and 211 with its AVX-512 ones; these tiles 35, 105, 193, 228 and 231 on the same
core (``python -m benchmarks.products`` measures again). They also add to the values in `out`, which
BLAS through numba's `np.dot` cannot: neither the bias nor a second term needs its own pass.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import numpy_support

from .apart import apart, emit_call
from .arrays import Pointer
from .cpu import config
from .flags import Array
from .tiles import TILE_ROWS, lanes_of, make_tile

# Rows of a tile; the rows of a matrix below its last full tile are cut into smaller ones.
HEIGHTS = (TILE_ROWS, 4, 2, 1)
ROW_VECTORS = 8

# Two full vectors a row; up to two vectors, the last one partly used; up to one.
_wide, _wide4, _wide2, _wide1 = (make_tile(rows, 2, masked=False) for rows in HEIGHTS)
_part, _part4, _part2, _part1 = (make_tile(rows, 2, masked=True) for rows in HEIGHTS)
_row = make_tile(1, ROW_VECTORS, masked=False)
_slim, _slim4, _slim2, _slim1 = (make_tile(rows, 1, masked=True) for rows in HEIGHTS)


@apart
def multiply(
    a: Pointer,
    a_row: int,
    a_step: int,
    b: Pointer,
    out: Pointer,
    n_rows: int,
    depth: int,
    width: int,
    fresh: bool,
) -> None:
    """Write, or where not `fresh` add, a product to `out` (n_rows, width).

    `a`, `b` and `out` are pointers; element (i, k) of the left side is
    ``a[i * a_row + k * a_step]``, and `b` is (depth, width).
    """
    lanes: int = lanes_of(out)  # type: ignore[call-arg]
    done = 0
    if n_rows == 1:
        # A row times a matrix: enough sums at once to hide how long each addition takes.
        while width - done >= ROW_VECTORS * lanes:
            _row(a, 0, a_row, a_step, b, done, out, done, width, depth, width, fresh)
            done += ROW_VECTORS * lanes
    for j in range(done, width, 2 * lanes):
        columns = min(width - j, 2 * lanes)
        i = 0
        while i < n_rows:
            at = i * width + j
            args = (
                a, i * a_row, a_row, a_step, b, j, out, at, width, depth, columns, fresh,
            )  # fmt: skip
            left = n_rows - i
            if left >= TILE_ROWS:
                rows = TILE_ROWS
                if columns == 2 * lanes:
                    _wide(*args)
                elif columns > lanes:
                    _part(*args)
                else:
                    _slim(*args)
            elif left >= 4:
                rows = 4
                if columns == 2 * lanes:
                    _wide4(*args)
                elif columns > lanes:
                    _part4(*args)
                else:
                    _slim4(*args)
            elif left >= 2:
                rows = 2
                if columns == 2 * lanes:
                    _wide2(*args)
                elif columns > lanes:
                    _part2(*args)
                else:
                    _slim2(*args)
            else:
                rows = 1
                if columns == 2 * lanes:
                    _wide1(*args)
                elif columns > lanes:
                    _part1(*args)
                else:
                    _slim1(*args)
            i += rows


def address(dtype: Any) -> int:
    """Return the address of `multiply` for a dtype."""
    return multiply.address(dtype)


_MULTIPLY = multiply  # below, that name is an address


def product(multiply: int, a: Array, b: Array, out: Array) -> None:
    """Write ``a @ b`` into `out`; `a` (M, K), `b` (K, N), `out` (M, N), all C-contiguous.

    `multiply` is the address of `multiply`, here and below.
    """
    out[...] = a @ b


def add_product(multiply: int, a: Array, b: Array, out: Array) -> None:
    """Add ``a @ b`` to `out`."""
    out += a @ b


def transposed_product(multiply: int, a: Array, b: Array, out: Array) -> None:
    """Write ``a.T @ b`` into `out`; `a` (K, M), `b` (K, N), `out` (M, N)."""
    out[...] = a.T @ b


def add_transposed_product(multiply: int, a: Array, b: Array, out: Array) -> None:
    """Add ``a.T @ b`` to `out`."""
    out += a.T @ b


def _compiled(transposed: bool, fresh: bool) -> Any:
    """Return the intrinsic that calls `multiply` with the memory and the sizes of the arrays."""

    @intrinsic
    def run(context, multiply, a, b, out):
        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            a, b, out = (
                context.make_array(arg_type)(context, builder, value)
                for arg_type, value in zip(signature.args[1:], values[1:], strict=True)
            )
            n_rows, width = cgutils.unpack_tuple(builder, out.shape)
            first, second = cgutils.unpack_tuple(builder, a.shape)
            one = context.get_constant(types.intp, 1)
            depth, a_row, a_step = (first, one, n_rows) if transposed else (second, second, one)
            arguments = [
                a.data, a_row, a_step, b.data, out.data, n_rows, depth, width,
                context.get_constant(types.boolean, fresh),
            ]  # fmt: skip
            dtype = numpy_support.as_dtype(signature.args[1].dtype)
            emit_call(context, builder, values[0], _MULTIPLY.types(dtype), arguments)
            return context.get_dummy_value()

        return types.void(types.intp, a, b, out), codegen

    return run


if not config.DISABLE_JIT:
    product = _compiled(transposed=False, fresh=True)
    add_product = _compiled(transposed=False, fresh=False)
    transposed_product = _compiled(transposed=True, fresh=True)
    add_transposed_product = _compiled(transposed=True, fresh=False)
