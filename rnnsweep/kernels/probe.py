"""Saturated pre-activations and dead units of a block, after its forward pass."""

import numpy as np
from numba import njit

from .block import N_ROWS, ZS
from .flags import UNCACHED
from .views import flat_at

# The largest slope of a sigmoid gate; the activation's own is an argument.
_GATE_SLOPE = 0.25
_SMALL = 0.1


@njit(**UNCACHED)
def look(weights, work, slope_gate, largest, dead):
    """Return the share of pre-activations that are saturated, and mark the dead units.

    A pre-activation is saturated if the slope there is below a tenth of the largest one. Writes
    into `dead` (L, H) whether a unit's slope is 0 at every time step.

    Parameters
    ----------
    slope_gate : int
        The gate whose `zs` are slopes of the activation; the others hold sigmoid values.
    largest : float
        The activation's largest slope.
    """
    n_rows, n_hidden = work.shape[N_ROWS], weights.n_hidden
    size = weights.n_layers * weights.n_gates * n_rows * n_hidden
    zs = flat_at(work.memory, work.at, ZS, 0, size)
    n_saturated = 0
    for index in range(weights.n_layers):
        for k in range(n_hidden):
            dead[index, k] = True
        for gate in range(weights.n_gates):
            start = (index * weights.n_gates + gate) * n_rows * n_hidden
            for row in range(n_rows):
                for k in range(n_hidden):
                    value = np.float64(zs[start + row * n_hidden + k])
                    if gate == slope_gate:
                        n_saturated += abs(value) < _SMALL * largest
                        dead[index, k] = dead[index, k] and value == 0.0
                    else:
                        n_saturated += value * (1.0 - value) < _SMALL * _GATE_SLOPE
    return n_saturated / size
