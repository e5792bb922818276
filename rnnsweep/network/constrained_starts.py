"""How what is learned in place of a recurrent matrix starts, where the matrix is constrained.

Each function returns the start of one matrix W (H, H), float64; `rnnsweep.kernels.constraints`
says how W comes from what is learned.
"""

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def dale_start(drawn: Float64, n_excitatory: int) -> Float64:
    """Return V >= 0 with the sizes of a drawn matrix, its excitation and inhibition in balance.

    In each column, the weights onto one unit, those of the excitatory units (the first rows) have
    the same sum as those of the inhibitory ones, as in Song, Yang and Wang 2016, so that they
    cancel on average. The mean square of the column is the drawn one. A column without weights of
    one of the two kinds is left as drawn.
    """
    v = np.abs(drawn)
    excitation, inhibition = v[:n_excitatory].sum(axis=0), v[n_excitatory:].sum(axis=0)
    both = (excitation > 0) & (inhibition > 0)
    ratio = np.ones_like(excitation)
    np.divide(excitation, inhibition, out=ratio, where=both)
    balanced = v.copy()
    balanced[n_excitatory:] *= ratio
    scale = np.ones_like(excitation)
    sizes = np.linalg.norm(v, axis=0), np.linalg.norm(balanced, axis=0)
    np.divide(*sizes, out=scale, where=both)
    balanced *= scale
    return balanced


def antisymmetric_start(drawn: Float64) -> Float64:
    """Return V such that the elements of V - V^T have the variance of the drawn ones."""
    return drawn * 2**-0.5


def orthogonal_start(rng: np.random.Generator, size: int) -> Float64:
    """Return V whose Cayley image consists of rotations in planes, by angles from U[0, pi/2].

    The start of Helfrich, Willmott and Ye 2018, section 3.2: A = V - V^T has 2 x 2 blocks
    [[0, s], [-s, 0]] along its diagonal with s = sqrt((1 - cos t) / (1 + cos t)) = tan(t / 2), of
    which the Cayley image is a rotation by t. With an odd size the last unit keeps its state.
    """
    angles = rng.uniform(0, np.pi / 2, size // 2)
    first = 2 * np.arange(size // 2)
    v = np.zeros((size, size))
    v[first, first + 1] = np.tan(angles / 2) / 2
    return v - v.T


def low_rank_start(
    rng: np.random.Generator, size: int, rank: int, std: float
) -> tuple[Float64, Float64]:
    """Return M (H, rank) and N (rank, H) such that the elements of M N have a standard deviation.

    An element of M N is a sum of `rank` products of two independent numbers.
    """
    scale = np.sqrt(std / np.sqrt(rank))
    return scale * rng.standard_normal((size, rank)), scale * rng.standard_normal((rank, size))
