"""A look into a network at one batch: what saturates, what is dead, how far gradients reach."""

import numpy as np
from numba import njit

from .dropout import NONE
from .flags import ELEMENTWISE
from .training import run_backward, run_forward

# The largest slope of a sigmoid gate, and of those activations that have 1 as theirs.
_GATE_SLOPE = 0.25


@njit(**ELEMENTWISE)
def probe(weights, gradients, network, objective, data, order, slope_gate, largest, work, dead):
    """Write the gradients of the batch's mean loss, and look at the slopes before that.

    Returns the share of pre-activations that are saturated: their slope is below a tenth of the
    largest. Writes into `dead` (L, H) whether a unit's slope is 0 at every time step, and into
    ``work.flow`` the squared norms of dL/dh by the distance to a sequence's end.

    Parameters
    ----------
    slope_gate : int
        The gate whose `zs` are slopes of the activation; the others hold sigmoid values.
    largest : float
        The activation's largest slope.
    """
    block, _, _, n_counted = run_forward(
        weights, network, objective, data, order, NONE, False, work
    )
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
                        n_saturated += abs(value) < 0.1 * largest
                        dead[index, k] = dead[index, k] and value == 0.0
                    else:
                        n_saturated += value * (1.0 - value) < 0.1 * _GATE_SLOPE
    work.flow[:] = 0.0
    run_backward(weights, gradients, network, objective, block, NONE, n_counted, work)
    return n_saturated / block.zs.size
