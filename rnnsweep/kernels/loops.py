"""Plain loops that several kernels share.

They stand in for array assignments: ``a[:] = b`` compiles numba's broadcast check with its error
message, 2 s a kernel.
"""

from numba import njit

from .flags import PART


@njit(**PART)
def copy(source, target):
    """Copy a flat array into another of its size."""
    for k in range(source.size):
        target[k] = source[k]


@njit(**PART)
def add(total, term):
    """Add a flat array to another of its size."""
    for k in range(total.size):
        total[k] += term[k]


@njit(**PART)
def transpose(a, out):
    """Write ``a.T`` into `out`: the right side of a product needs contiguous rows."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]


@njit(**PART)
def clear(a):
    """Set a flat array to 0."""
    for k in range(a.size):
        a[k] = 0


@njit(**PART)
def add_rows(rows, total):
    """Write the sum of the rows (R, H) into `total` (H,)."""
    clear(total)
    for row in range(rows.shape[0]):
        add(total, rows[row])
