"""Losses: the sum over a block's outputs, and the gradient by the sums before the activation."""

import numpy as np
from numba import njit

from ..vocabulary import LOSSES
from .activations import activate
from .elementary import exp, softplus
from .flags import ELEMENTWISE, REDUCTION
from .loops import copy

MSE = LOSSES["mse"].code
BCE = LOSSES["bce"].code
MAE = LOSSES["mae"].code
HUBER = LOSSES["huber"].code
CROSS_ENTROPY = LOSSES["cross_entropy"].code


@njit(**REDUCTION)
def sum_of_losses(loss, delta, output_activation, ys, targets, dys):
    """Return the loss summed over what counts, and the number of outputs that were right.

    Parameters
    ----------
    loss : int
        Of `vocabulary.LOSSES`. An unknown one gives NaN.
    delta : float
        Where huber becomes linear.
    ys : (rows, O)
        Come in as the output layer's sums and go out as the outputs y = g(ys).
    targets : (rows, O), or (rows, 1) for classes
    dys : (rows, O)
        Gets the gradient of the summed loss by those sums.

    Right is a class with the largest output, or an element of `bce` on its target's side of
    one half; other losses have none. The sum is accumulated in float64.
    """
    if loss == CROSS_ENTROPY:
        return _cross_entropy(ys, targets, dys)
    y, target, dy = ys.reshape(ys.size), targets.reshape(ys.size), dys.reshape(ys.size)
    total = np.float64(0.0)  # without the JIT, a Python float would take the arrays' precision
    right = 0
    if loss == BCE:
        # From the sums themselves, so that a saturated sigmoid costs neither inf nor digits:
        # -t log y - (1 - t) log(1 - y) = softplus(s) - t s for y = sigmoid(s).
        for k in range(y.size):
            total += softplus(y[k]) - target[k] * y[k]
            right += (y[k] > 0) == (target[k] > 0.5)
    # activate(z, h) leaves the slope where z was: dys takes the sums, then their slopes.
    copy(y, dy)
    activate(output_activation, dy, y)
    if loss == BCE:
        for k in range(y.size):
            dy[k] = y[k] - target[k]
    elif loss == MSE:
        for k in range(y.size):
            error = y[k] - target[k]
            total += error * error
            dy[k] *= error + error  # `2 * error` would be float64: numba promotes by integers
    elif loss == MAE:
        for k in range(y.size):
            error = y[k] - target[k]
            total += abs(error)
            dy[k] *= np.sign(error)
    elif loss == HUBER:
        limit, half = ys.dtype.type(delta), ys.dtype.type(0.5)
        for k in range(y.size):
            error = y[k] - target[k]
            # Comparisons that keep NaN, as a clamp by min and max would not.
            near = -limit if error < -limit else error
            near = limit if near > limit else near
            total += near * (error - half * near)
            dy[k] *= near
    else:
        total = np.nan
    return total, right


@njit(**ELEMENTWISE)
def _cross_entropy(ys, targets, dys):
    """Return the summed cross-entropy in nats of the logits `ys`, and the number of hits.

    -log softmax(y)_c = log(sum_k exp(y_k - m)) - (y_c - m), with the largest y_k as m.
    """
    total = np.float64(0.0)
    right = 0
    for row in range(ys.shape[0]):
        y, dy = ys[row], dys[row]
        wanted = int(targets[row, 0])
        best = 0
        for k in range(y.size):
            # NaN becomes the largest and stays it, so that it is seen in the sum.
            if y[k] > y[best] or y[k] != y[k]:
                best = k
        largest = y[best]
        for k in range(y.size):
            dy[k] = exp(y[k] - largest)
        share = np.float64(0.0)
        for k in range(y.size):
            share += dy[k]
        total += np.log(share) - np.float64(y[wanted] - largest)
        right += best == wanted
        scale = dy.dtype.type(1.0 / share)
        for k in range(y.size):
            dy[k] *= scale
        dy[wanted] -= dy.dtype.type(1.0)
    return total, right
