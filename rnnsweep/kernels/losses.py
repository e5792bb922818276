"""Losses: the sum over a block of outputs, and the gradient by the output before its activation."""

import numpy as np
from numba import njit

from ..vocabulary import LOSSES
from .activations import activate
from .elementary import softplus
from .flags import REDUCTION
from .loops import copy

MSE = LOSSES["mse"].code
BCE = LOSSES["bce"].code


@njit(**REDUCTION)
def sum_of_losses(loss, output_activation, ys, targets, dys):
    """Return the loss summed over all elements; all arrays are flat and of one size.

    `ys` comes in as the output layer's sums and goes out as the outputs y = g(ys); `dys` gets
    the gradient of the summed loss by those sums. The sum is accumulated in float64.
    """
    total = np.float64(0.0)  # without the JIT, a Python float would take the arrays' precision
    if loss == BCE:
        # From the sums themselves, so that a saturated sigmoid costs neither inf nor digits:
        # -t log y - (1 - t) log(1 - y) = softplus(s) - t s for y = sigmoid(s).
        for k in range(ys.size):
            total += softplus(ys[k]) - targets[k] * ys[k]
        copy(ys, dys)
        activate(output_activation, dys, ys)
        for k in range(ys.size):
            dys[k] = ys[k] - targets[k]
    else:
        # activate(z, h) leaves the slope where z was: dys takes the sums, then their slopes.
        copy(ys, dys)
        activate(output_activation, dys, ys)
        for k in range(ys.size):
            error = ys[k] - targets[k]
            total += error * error
            dys[k] *= error + error  # `2 * error` would be float64: numba promotes by integers
    return total
