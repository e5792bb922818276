"""Saturated pre-activations and dead units of a block, after its forward pass."""

import numpy as np
from numba import njit

from .apart import call
from .block import N_TIME, row_before
from .flags import UNCACHED
from .time_steps import enter_layer, scratch_number
from .views import array

_SMALL = 0.1


@njit(**UNCACHED)
def look(weights, network, work, largest, is_act, dead):
    """Return the share of pre-activations that are saturated, and mark the dead units.

    A pre-activation is what an activation is applied to. It is saturated if the slope there is
    below a tenth of the largest one. Writes into `dead` (L, H) whether all slopes of the model's
    activation are 0 for a unit at every time step. The share is NaN where nothing goes through an
    activation.

    Parameters
    ----------
    largest : (n,) array
        The largest slope of the activation of each of a unit's pre-activations.
    is_act : (n,) array
        1 for the model's activation, 0 for any other.
    """
    n_saturated, n_all, h = 0, 0, weights.n_hidden
    for index in range(weights.n_layers):
        enter_layer(weights, index, work)
        for k in range(h):
            dead[index, k] = True
        for t in range(work.shape[N_TIME]):
            first, before = work.starts[t], row_before(work, t)
            n = work.starts[t + 1] - first
            for number in range(largest.size):
                arguments = (
                    work.memory, work.places, weights.constants, first * h, before * h, n * h,
                    number,
                )  # fmt: skip
                call(network.slopes, arguments)
                place = scratch_number(weights, 0)
                slopes = array(work.memory, work.places, place, 0, n * h)
                bound = _SMALL * largest[number]
                for k in range(slopes.size):
                    slope = np.float64(slopes[k])
                    n_saturated += abs(slope) < bound
                    if is_act[number] != 0 and slope != 0.0:
                        dead[index, k % h] = False
                n_all += slopes.size
    return n_saturated / n_all if n_all > 0 else np.nan
