"""What every cell's weights are made of."""

from typing import NamedTuple

from .flags import Array


class Weights(NamedTuple):
    """Views into a flat vector of parameters, or of their gradients; each cell has a subclass.

    G gates, L layers. The last row of `first` and `upper` is the bias.
    """

    first: Array  # (G, I+1, H): for each gate, its part of W_xh and, below it, of b_h
    upper: Array  # (L-1, G, H+1, H): the same of the layers above
    recurrent: Array  # (L, G, H, H)
    b_hn: Array  # (L, H) for gru, (0, H) for others
    W_hy: Array  # (H, O)
    b_y: Array  # (O,)
