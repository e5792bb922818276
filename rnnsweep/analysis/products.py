"""Products of matrices whose last digits do not depend on the number of threads.

BLAS and LAPACK, which `a @ b` and `numpy.linalg` call, split large matrices among their threads,
and add up in another order with each number of them. What is written from the results of a sweep is
the same to the byte, so that it is computed without them. The products here take 2 to 6 times as
long, which is little of the time of any analysis.
"""

import numpy as np

from rnnsweep.array_types import Floats


def product(a: Floats, b: Floats) -> Floats:
    """Return `a @ b` of a matrix (n, k) and a matrix (k, m) or a vector (k,)."""
    result: Floats = np.einsum("ij,jk->ik" if b.ndim == 2 else "ij,j->i", a, b)
    return result


def root(matrix: Floats) -> Floats:
    """Return a matrix of at most k rows with the same norm of the product with each vector.

    Parameters
    ----------
    matrix : (n, k) array

    Returns
    -------
    (min(n, k), k) array
        The matrix itself if it has no more rows than columns; else the Cholesky factor of the
        products of its columns (Golub and Van Loan 2013, Matrix Computations, section 4.2.5).
    """
    n_rows, n = matrix.shape
    if n_rows <= n:
        return matrix
    columns = np.ascontiguousarray(matrix.T)
    rest = np.einsum("ik,jk->ij", columns, columns)
    factor = np.zeros((n, n))
    smallest = n * np.finfo(np.float64).eps * np.diagonal(rest).max()
    for place in range(n):
        pivot = rest[place, place]
        if pivot > smallest:  # else the column depends on those before
            factor[place, place:] = row = rest[place, place:] / np.sqrt(pivot)
            rest[place:, place:] -= np.multiply.outer(row, row)
    return factor
