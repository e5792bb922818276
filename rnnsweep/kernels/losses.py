"""Losses: the sum over a block's outputs, and the gradient by the sums before the activation.

To add one, write a function with the arguments of `summed_loss` and declare it with `loss`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from .apart import Apart, call
from .arrays import DoubleVector, RealMatrix
from .block import RIGHT, TOTAL
from .elementary import exp_up_to_0, softplus
from .flags import UNCACHED, UNCACHED_REDUCTION
from .views import flat

LOSSES: dict[str, Apart] = {}


def summed_loss(
    activate: int,
    delta: float,
    ys: RealMatrix,
    targets: RealMatrix,
    dys: RealMatrix,
    sums: DoubleVector,
) -> None:
    """Have the arguments of every loss; no other use.

    Parameters
    ----------
    activate : int
        Address of the output activation g.
    delta : float
        Where huber becomes linear; other losses ignore it.
    ys : (rows, O)
        The output layer's sums, replaced by the outputs y = g(ys).
    targets : (rows, O), or (rows, 1) for classes
    dys : (rows, O)
        Gets the gradient of the summed loss by the sums.
    sums : (2,) or longer
        Gets the loss summed over what counts, accumulated in float64, and the number of outputs
        that are right: a class with the largest output, or an element of `bce` on its target's
        side of one half; 0 for other losses.
    """


def loss(
    line: str, flags: dict[str, Any] = UNCACHED_REDUCTION
) -> Callable[[Callable[..., None]], Apart]:
    """Declare a loss; its name is its word in the sweep file.

    The line is for people, a literal: `rnnsweep.vocabulary` reads it from this source.
    """

    def declare(function: Callable[..., None]) -> Apart:
        LOSSES[function.__name__] = declared = Apart(function, flags, summed_loss)
        return declared

    return declare


@njit(**UNCACHED)
def activate_outputs(activate, ys, dys):
    """Replace the sums `ys` by the outputs g(ys), and write the slopes g'(ys) into `dys`."""
    y, dy = flat(ys, 0, ys.size), flat(dys, 0, ys.size)
    for k in range(y.size):
        dy[k] = y[k]
    call(activate, (dy, y))


@loss("mean over all elements of (y - target)**2")
def mse(activate, delta, ys, targets, dys, sums):
    """(y - target)**2."""
    activate_outputs(activate, ys, dys)
    y, target, dy = flat(ys, 0, ys.size), flat(targets, 0, ys.size), flat(dys, 0, ys.size)
    total = np.float64(0.0)  # without the JIT, a Python float would take the arrays' precision
    for k in range(y.size):
        error = y[k] - target[k]
        total += error * error
        dy[k] *= error + error  # `2 * error` would be float64: numba promotes by integers
    sums[TOTAL], sums[RIGHT] = total, 0.0


@loss("binary cross-entropy in nats, mean over all elements; needs a sigmoid output")
def bce(activate, delta, ys, targets, dys, sums):
    """-t log y - (1 - t) log(1 - y) for y = sigmoid(s), the only output activation it is for.

    From the sums themselves, so that a saturated sigmoid costs neither inf nor digits:
    softplus(s) - t s.
    """
    y, target, dy = flat(ys, 0, ys.size), flat(targets, 0, ys.size), flat(dys, 0, ys.size)
    total = np.float64(0.0)
    right = 0
    for k in range(y.size):
        total += softplus(y[k]) - target[k] * y[k]
        right += (y[k] > 0) == (target[k] > 0.5)
    activate_outputs(activate, ys, dys)
    for k in range(y.size):
        dy[k] = y[k] - target[k]
    sums[TOTAL], sums[RIGHT] = total, right


@loss("mean over all elements of |y - target|")
def mae(activate, delta, ys, targets, dys, sums):
    """|y - target|."""
    activate_outputs(activate, ys, dys)
    y, target, dy = flat(ys, 0, ys.size), flat(targets, 0, ys.size), flat(dys, 0, ys.size)
    total = np.float64(0.0)
    for k in range(y.size):
        error = y[k] - target[k]
        total += abs(error)
        dy[k] *= np.sign(error)
    sums[TOTAL], sums[RIGHT] = total, 0.0


@loss("mean of (y - target)**2 / 2, beyond huber_delta linear, as PyTorch's huber_loss")
def huber(activate, delta, ys, targets, dys, sums):
    """(y - target)**2 / 2, beyond delta linear."""
    activate_outputs(activate, ys, dys)
    y, target, dy = flat(ys, 0, ys.size), flat(targets, 0, ys.size), flat(dys, 0, ys.size)
    limit, half = ys.dtype.type(delta), ys.dtype.type(0.5)
    total = np.float64(0.0)
    for k in range(y.size):
        error = y[k] - target[k]
        # Comparisons that keep NaN, as a clamp by min and max would not.
        near = -limit if error < -limit else error
        near = limit if near > limit else near
        total += near * (error - half * near)
        dy[k] *= near
    sums[TOTAL], sums[RIGHT] = total, 0.0


@loss("cross-entropy of classes in nats, mean over outputs; y are the logits", UNCACHED)
def cross_entropy(activate, delta, ys, targets, dys, sums):
    """-log softmax(y)_c in nats of the logits y, for a class c; its activation is the identity.

    log(sum_k exp(y_k - m)) - (y_c - m), with the largest y_k as m.
    """
    total = np.float64(0.0)
    right = 0
    n_classes = ys.shape[1]
    for row in range(ys.shape[0]):
        y, dy = flat(ys, row * n_classes, n_classes), flat(dys, row * n_classes, n_classes)
        target = int(targets[row, 0])
        best = 0
        for k in range(n_classes):
            # A NaN becomes the largest and stays the largest, so that the sum shows it.
            if y[k] > y[best] or y[k] != y[k]:
                best = k
        largest = y[best]
        for k in range(n_classes):
            dy[k] = exp_up_to_0(y[k] - largest)
        share = np.float64(0.0)
        for k in range(n_classes):
            share += dy[k]
        total += np.log(share) - np.float64(y[target] - largest)
        right += best == target
        scale = dy.dtype.type(1.0 / share)
        for k in range(n_classes):
            dy[k] *= scale
        dy[target] -= dy.dtype.type(1.0)
    sums[TOTAL], sums[RIGHT] = total, right


def address(name: str, dtype: Any) -> int:
    """Return the address of a loss for outputs of a dtype."""
    return LOSSES[name].address(dtype)
