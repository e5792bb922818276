"""The parameters of a network as kernels take them: one vector, and where each matrix begins.

What is particular about a cell comes as numbers: the counts below and the table `products`. So
one compiled kernel runs every cell; only the elementwise parts of a time step are compiled for it.
"""

from typing import NamedTuple

from .arrays import DoubleVector, IntMatrix, IntVector, RealVector

# Places in `Weights.at`. K sums with an input, Q sums with a bias of their own, M recurrent
# matrices, V vectors, L layers; the last row of the first two is the bias.
FIRST = 0  # (K, I+1, H): for each sum, its part of W_xh and, below it, of b_h
UPPER = 1  # (L-1, K, H+1, H): the same of the layers above
RECURRENT = 2  # (L, M, H, H)
OWN_BIAS = 3  # (L, Q, H): biases of the sums without an input
VECTORS = 4  # (L, V, H)
W_HY = 5  # (H, O)
B_Y = 6  # (O,)
N_WEIGHTS = 7

# Columns of `Weights.products`, one row for each recurrent matrix.
STAGE, FEED_STATE, FEED_KEPT, SUM, ADJOINT, FRESH = range(6)


class Weights(NamedTuple):
    """A flat vector of parameters, or of their gradients, and the structure of the network."""

    values: RealVector  # (P,)
    at: IntVector  # (N_WEIGHTS,): where each stack of matrices begins
    n_in: int  # I + 1
    n_hidden: int
    n_output: int
    n_layers: int
    n_sums: int  # K
    n_own: int  # Q
    n_vectors: int
    n_states: int
    n_kept: int  # arrays of a layer with a row for each time step, sums included
    n_stages: int  # elementwise parts of a time step, with products before each
    products: IntMatrix  # (M, 6), see `rnnsweep.cells.program.Product`
    unbiased: IntVector  # numbers of the sums with an input and without a bias
    noises: IntVector  # numbers of the arrays that are filled with noise before a time step
    constants: DoubleVector  # of the cell
