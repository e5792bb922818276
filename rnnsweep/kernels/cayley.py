"""The Cayley map of a skew matrix A, W = (I + A)^-1 (I - A), which is orthogonal, and its gradient.

As I - A = 2 I - (I + A), the map is W = 2 (I + A)^-1 - I: one inverse. It is computed by
elimination without exchanges of rows, because no pivot is below 1: with B the block of I + A above
and left of a pivot, c the row left of it and -c^T the column above it, the pivot is
1 + c B^-1 c^T, and x^T B x = |x|^2 for each x makes the second term positive. The elimination is in
float64 whatever the network's precision. In float32 the 1 is lost beside a large second term: with
entries of A around 50, W was orthogonal to 1e-4 only, and around 1000 a pivot came out as 0. In
float64 W is orthogonal to 1e-12 for entries up to 1000 and H up to 256
(`tests/kernels/test_constraints.py`).

For the gradient no inverse is needed again. With G the gradient of a loss by W,

    dW = -(I + A)^-1 dA (I + W)    and    (I + A)^-1 = (I + W) / 2

give the gradient by A, -1/2 (I + W)^T G (I + W)^T (Helfrich, Willmott and Ye 2018, theorem 3.2).
"""

from numba import njit

from .flags import INLINED, UNCACHED
from .loops import transpose
from .products import product


@njit(**INLINED)
def invert(matrix):
    """Replace a matrix (n, n) that needs no exchange of rows by its inverse (Gauss-Jordan)."""
    n = matrix.shape[0]
    for k in range(n):
        factor = 1.0 / matrix[k, k]
        matrix[k, k] = 1.0
        for j in range(n):
            matrix[k, j] *= factor
        for i in range(n):
            if i != k:
                factor = matrix[i, k]
                matrix[i, k] = 0.0
                for j in range(n):
                    matrix[i, j] -= factor * matrix[k, j]


@njit(**UNCACHED)
def cayley(v, w, inverse):
    """Write the Cayley map of ``v - v.T`` into `w`; `inverse`, float64, is for work; all (n, n)."""
    n = v.shape[0]
    double = inverse.dtype.type
    for i in range(n):
        for j in range(n):
            inverse[i, j] = double(v[i, j]) - double(v[j, i])
        inverse[i, i] += 1.0
    invert(inverse)
    for i in range(n):
        for j in range(n):
            w[i, j] = 2.0 * inverse[i, j]
        w[i, i] = 2.0 * inverse[i, i] - 1.0


@njit(**UNCACHED)
def cayley_gradient(multiply, w, gradient, by_v, shifted, half):
    """Write the gradient by v of `cayley` into `by_v` from the one by its image `w`.

    All arrays are (n, n); `shifted` and `half` are for work, and `gradient` is overwritten.
    `multiply` is the address of `products.multiply`.
    """
    n = w.shape[0]
    transpose(w, shifted)
    for i in range(n):
        shifted[i, i] += shifted.dtype.type(1.0)
    product(multiply, shifted, gradient, half)
    product(multiply, half, shifted, gradient)
    factor = w.dtype.type(0.5)
    for i in range(n):
        for j in range(n):
            by_v[i, j] = factor * (gradient[j, i] - gradient[i, j])
