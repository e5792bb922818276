"""Matrix products of the shapes that small networks have.

BLAS is made for large matrices. Of a time step's product (32, H) by (H, H) in float32 OpenBLAS
made 21, 43, 61, 70 and 73 GFLOP/s at H = 8, 16, 32, 64 and 128 with its AVX2 kernels, and 43,
96, 189, 227 and 211 with its AVX-512 ones; these tiles 35, 105, 193, 228 and 231 on the same
core (``python -m benchmarks.products`` measures again). They also add to what is there, which
BLAS through numba's `np.dot` does not: no pass for the bias, none for a second term.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numba.extending import overload

from .flags import PART, UNCACHED
from .tiles import TILE_ROWS, VECTOR_BYTES, make_tile

# Rows of a tile; what is left of a matrix below the last full one is cut into smaller ones.
HEIGHTS = (TILE_ROWS, 4, 2, 1)

# Two full vectors a row; up to two vectors, the last one partly used; up to one.
_wide, _wide4, _wide2, _wide1 = (make_tile(rows, 2, masked=False) for rows in HEIGHTS)
_part, _part4, _part2, _part1 = (make_tile(rows, 2, masked=True) for rows in HEIGHTS)
_slim, _slim4, _slim2, _slim1 = (make_tile(rows, 1, masked=True) for rows in HEIGHTS)


def multiply(a: np.ndarray, b: np.ndarray, out: np.ndarray, transposed: bool, fresh: bool) -> None:
    """Write, or where not `fresh` add, ``a @ b`` (``a.T @ b`` where `transposed`) to `out`.

    This body is the meaning, and what runs without the JIT; compiled code runs the tiles.
    """
    product = (a.T if transposed else a) @ b
    out[...] = product if fresh else out + product


@overload(multiply, jit_options=UNCACHED)
def _multiply(a, b, out, transposed, fresh) -> Callable[..., None]:
    def tiles(a, b, out, transposed, fresh):
        n_rows, width = out.shape
        lanes = VECTOR_BYTES // out.itemsize
        if transposed:
            depth, a_row, a_step = a.shape[0], 1, n_rows
        else:
            depth, a_row, a_step = a.shape[1], a.shape[1], 1
        for j in range(0, width, 2 * lanes):
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

    return tiles


@njit(**PART)
def product(a, b, out):
    """Write ``a @ b`` into `out`; `a` (M, K), `b` (K, N), `out` (M, N), all C-contiguous."""
    multiply(a, b, out, False, True)


@njit(**PART)
def add_product(a, b, out):
    """Add ``a @ b`` to `out`."""
    multiply(a, b, out, False, False)


@njit(**PART)
def transposed_product(a, b, out):
    """Write ``a.T @ b`` into `out`; `a` (K, M), `b` (K, N), `out` (M, N)."""
    multiply(a, b, out, True, True)
