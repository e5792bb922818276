"""The parameters of a network as kernels take them: one vector, and where each matrix begins."""

from typing import NamedTuple

from .arrays import IntVector, RealVector

# Places in `Weights.at`. G gates, L layers; the last row of the first two is the bias.
FIRST = 0  # (G, I+1, H): for each gate, its part of W_xh and, below it, of b_h
UPPER = 1  # (L-1, G, H+1, H): the same of the layers above
RECURRENT = 2  # (L, G, H, H)
RECURRENT_BIAS = 3  # (L, H) where the cell has one, else (0, H)
W_HY = 4  # (H, O)
B_Y = 5  # (O,)


class Weights(NamedTuple):
    """A flat vector of parameters, or of their gradients; each cell has a subclass."""

    values: RealVector  # (P,)
    at: IntVector  # (6,): where each matrix begins
    n_in: int  # I + 1
    n_hidden: int
    n_output: int
    n_layers: int
    n_gates: int
    n_states: int  # 2 where the cell has c in addition to h, else 1
    n_extras: int  # further arrays of a state's size that the cell keeps for the backward pass
