"""What every cell's weights are made of."""

from typing import NamedTuple

from .arrays import IntVector, RealVector

# Places in `Weights.at`. G gates, L layers; the last row of the first two is the bias.
FIRST = 0  # (G, I+1, H): for each gate, its part of W_xh and, below it, of b_h
UPPER = 1  # (L-1, G, H+1, H): the same of the layers above
RECURRENT = 2  # (L, G, H, H)
B_HN = 3  # (L, H) for gru, (0, H) for others
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
    n_extras: int  # arrays of a state's size that a cell keeps beside its gates
    n_cells: int  # 1 where a cell carries c beside h, else 0
