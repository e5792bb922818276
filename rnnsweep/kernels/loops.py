"""Plain loops that several kernels share.

They are used in place of array assignments: ``a[:] = b`` compiles numba's broadcast check with its
error message, which takes 2 s a kernel.
"""

from numba import njit

from .flags import UNCACHED
from .views import flat


@njit(**UNCACHED)
def copy(source, target):
    """Copy a flat array into another, or into the first part of a larger one."""
    for k in range(source.size):
        target[k] = source[k]


@njit(**UNCACHED)
def add(total, term):
    """Add a flat array to another one of the same size, in place."""
    for k in range(total.size):
        total[k] += term[k]


@njit(**UNCACHED)
def transpose(a, out):
    """Write ``a.T`` into `out`: the right side of a product needs contiguous rows."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j, i] = a[i, j]


@njit(**UNCACHED)
def clear(a):
    """Set a flat array to 0."""
    for k in range(a.size):
        a[k] = 0


@njit(**UNCACHED)
def add_rows(rows, total):
    """Write the sum of the rows (R, H) into `total` (H,)."""
    clear(total)
    for row in range(rows.shape[0]):
        add(total, flat(rows, row * total.size, total.size))
