"""Matrix products compared with NumPy's, for every remainder of the tiles, in guarded memory."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config, njit

from rnnsweep.kernels import products
from rnnsweep.kernels.cpu import VECTOR_BYTES

DTYPES = (np.float32, np.float64)
SENTINEL = -12345.5
GUARD = 80  # elements: more than two vectors of 64 bytes of float32 on each side


def called(product):
    """Return a product that Python can call, as `(a, b, out)`."""

    @njit
    def run(multiply, a, b, out):
        product(multiply, a, b, out)

    return lambda a, b, out: run(products.address(a.dtype), a, b, out)


product = called(products.product)
add_product = called(products.add_product)
transposed_product = called(products.transposed_product)
add_transposed_product = called(products.add_transposed_product)


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


def guarded(values):
    """Return a copy of `values` as a view into a larger buffer of sentinels, and the buffer."""
    buffer = np.full(values.size + 2 * GUARD, SENTINEL, values.dtype)
    view = buffer[GUARD : GUARD + values.size].reshape(values.shape)
    view[...] = values
    return view, buffer


def assert_guards_hold(buffer):
    np.testing.assert_array_equal(buffer[:GUARD], SENTINEL)
    np.testing.assert_array_equal(buffer[-GUARD:], SENTINEL)


def check_products(rng, m, k, n, dtype):
    """Compare the four products for `out` (m, n) and a sum over k, with guards around `out`.

    The operands are whole arrays between NaN: what is read beyond them spoils the result.
    """
    a, b = (nan_guarded(rng.standard_normal(shape).astype(dtype)) for shape in ((m, k), (k, n)))
    a_t = nan_guarded(np.ascontiguousarray(a.T))
    start = rng.standard_normal((m, n)).astype(dtype)
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    exact = wide_a @ wide_b
    # A sum of k products in any order is off by at most k eps of the sum of their sizes
    # (Higham 2002, eq. 3.5); one eps more for the term that is added, and its rounding.
    sizes = np.abs(wide_a) @ np.abs(wide_b) + np.abs(start)
    allowed = (k + 2) * np.finfo(dtype).eps * sizes
    nan = np.full((m, n), np.nan, dtype)  # what stood in a fresh `out` must not matter
    for run, left, before, want in (
        (product, a, nan, exact),
        (add_product, a, start, exact + start),
        (transposed_product, a_t, nan, exact),
        (add_transposed_product, a_t, start, exact + start),
    ):
        out, buffer = guarded(before)
        run(left, b, out)
        assert np.all(np.abs(out - want) <= allowed), (m, k, n)
        assert_guards_hold(buffer)


def nan_guarded(values):
    view, buffer = guarded(values)
    buffer[:GUARD] = buffer[-GUARD:] = np.nan
    return view


def test_every_remainder_of_rows_and_columns(dtype):
    # Rows go by 8, 4, 2 and 1, columns by two vectors of up to 16 elements: 17 rows and 66
    # columns pass every branch, every mask and the step from one block of columns to the next.
    rng = np.random.default_rng(0)
    for m in range(1, 18):
        for n in (*range(1, 36), 47, 48, 49, 63, 64, 65, 66):
            check_products(rng, m, 1 + (m + n) % 7, n, dtype)


# One row goes by eight vectors before it goes by two: around one, two and three times as many.
ROW_WIDTHS = [blocks * 8 + more for blocks in (1, 2, 3) for more in (-1, 0, 1, 2, 3)]


@pytest.mark.parametrize("vectors", ROW_WIDTHS)
def test_one_row_of_many_vectors(dtype, vectors):
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    rng = np.random.default_rng(vectors)
    for more in (-1, 0, 1, lanes // 2):
        for k in (1, 2, 9, 64):
            check_products(rng, 1, k, vectors * lanes + more, dtype)


@settings(deadline=None, max_examples=40)
@given(k=st.integers(1, 140), n=st.integers(1, 600), seed=st.integers(0, 99))
@pytest.mark.parametrize("dtype", DTYPES)
def test_one_row_of_any_shape(dtype, k, n, seed):
    check_products(np.random.default_rng(seed), 1, k, n, dtype)


@settings(deadline=None, max_examples=40)  # the first example compiles
@given(m=st.integers(1, 140), k=st.integers(1, 140), n=st.integers(1, 140), seed=st.integers(0, 99))
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_shape(dtype, m, k, n, seed):
    check_products(np.random.default_rng(seed), m, k, n, dtype)


def test_rows_of_a_block_are_written_alone(dtype):
    # As in the time loop: `out` is one time step of a larger array, and its neighbours stay.
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((5, 3)).astype(dtype), rng.standard_normal((3, 19)).astype(dtype)
    block = np.full((3, 5, 19), SENTINEL, dtype)
    product(a, b, block[1])
    np.testing.assert_array_equal(block[[0, 2]], SENTINEL)
    assert not np.any(block[1] == SENTINEL)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@np.errstate(invalid="ignore")  # interpreted, NumPy warns of an infinity times 0, and there is none
def test_nan_and_infinity_reach_their_row_and_column_alone(dtype, value):
    lanes = VECTOR_BYTES // np.dtype(dtype).itemsize
    m, k, n = 11, 4, 2 * lanes + 3
    ones_a, ones_b = np.ones((m, k), dtype), np.ones((k, n), dtype)
    for rows, width in ((m, n), (1, 8 * lanes + n)):
        for column in (0, lanes - 1, lanes, 2 * lanes, width - 1):
            b = np.ones((k, width), dtype)
            b[2, column] = value
            out = np.zeros((rows, width), dtype)
            product(ones_a[:rows], b, out)
            want = np.full((rows, width), k, dtype)
            want[:, column] = value
            np.testing.assert_array_equal(out, want)
    for row in (0, 7, 8, m - 1):
        a = ones_a.copy()
        a[row, 1] = value
        out = np.zeros((m, n), dtype)
        add_product(a, ones_b, out)
        want = np.full((m, n), k, dtype)
        want[row] = value
        np.testing.assert_array_equal(out, want)


# A page that may not be touched follows each array: one element too far ends the process.
AT_THE_END_OF_MEMORY = """
import ctypes, mmap
import numpy as np
from numba import njit
from rnnsweep.kernels import products

@njit
def product(multiply, a, b, out):
    products.product(multiply, a, b, out)

@njit
def add_product(multiply, a, b, out):
    products.add_product(multiply, a, b, out)

@njit
def transposed_product(multiply, a, b, out):
    products.transposed_product(multiply, a, b, out)

libc = ctypes.CDLL(None, use_errno=True)
mappings = []

def at_the_end(values):
    pages = -(-values.nbytes // mmap.PAGESIZE)
    memory = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
    mappings.append(memory)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    guard = ctypes.c_void_p(start + pages * mmap.PAGESIZE)
    if libc.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) != 0:
        raise OSError(ctypes.get_errno(), "mprotect")
    offset = pages * mmap.PAGESIZE - values.nbytes
    view = np.frombuffer(memory, values.dtype, values.size, offset).reshape(values.shape)
    view[...] = values
    return view

rng = np.random.default_rng(0)
for dtype in (np.float32, np.float64):
    shapes = [(1, 1, 1), (3, 2, 7), (8, 5, 16), (9, 3, 17), (15, 4, 31), (7, 9, 33)]
    for m, k, n in shapes + [(1, 3, n) for n in (63, 64, 65, 127, 128, 129, 160, 300)]:
        a, b = rng.random((m, k)).astype(dtype), rng.random((k, n)).astype(dtype)
        want = a @ b
        a_end, a_t_end, b_end = at_the_end(a), at_the_end(a.T.copy()), at_the_end(b)
        for run, left in ((product, a_end), (transposed_product, a_t_end), (add_product, a_end)):
            out = at_the_end(np.zeros((m, n), dtype))
            run(products.address(dtype), left, b_end, out)
            assert np.allclose(out, want, rtol=1e-5, atol=0)
print("done")
"""


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: NumPy does the products")
@pytest.mark.skipif(sys.platform == "win32", reason="needs mprotect")
def test_nothing_is_read_or_written_past_the_end_of_memory():
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END_OF_MEMORY], capture_output=True, text=True, timeout=120
    )
    # A fault shows as a negative return code: the signal that ended the process.
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_compiles_once_a_precision():
    for dtype in DTYPES:
        for m, k, n in ((1, 1, 1), (1, 5, 2), (9, 1, 40)):
            check_products(np.random.default_rng(0), m, k, n, dtype)
    assert len(products.multiply.kernel.signatures) == len(DTYPES)
