"""A look into a block after its forward pass: what is saturated, and what is dead."""

import numpy as np
from numba import njit

from .flags import ELEMENTWISE

# The largest slope of a sigmoid gate; the activation's own is an argument.
_GATE_SLOPE = 0.25
_SMALL = 0.1


@njit(**ELEMENTWISE)
def look(block, slope_gate, largest, dead):
    """Return the share of pre-activations that are saturated, and look for dead units.

    Saturated: the slope is below a tenth of the largest. Writes into `dead` (L, H) whether a
    unit's slope is 0 at every time step.

    Parameters
    ----------
    slope_gate : int
        The gate whose `zs` are slopes of the activation; the others hold sigmoid values.
    largest : float
        The activation's largest slope.
    """
    n_layers, n_gates, n_rows, n_hidden = block.zs.shape
    n_saturated = 0
    for index in range(n_layers):
        for k in range(n_hidden):
            dead[index, k] = True
        for gate in range(n_gates):
            for row in range(n_rows):
                for k in range(n_hidden):
                    value = np.float64(block.zs[index, gate, row, k])
                    if gate == slope_gate:
                        n_saturated += abs(value) < _SMALL * largest
                        dead[index, k] = dead[index, k] and value == 0.0
                    else:
                        n_saturated += value * (1.0 - value) < _SMALL * _GATE_SLOPE
    return n_saturated / block.zs.size
