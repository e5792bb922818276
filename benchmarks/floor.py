"""The floor of a training step: the least time of its arithmetic on one thread of this machine.

There are two floors, each the sum of two parts:

- `at_dot_rate`: the floating-point operations of the step's matrix products (`cost.update_flops`)
  at the rate of a 1024 x 1024 `np.dot`, as if every product ran at the rate of a large one;
- `at_blas`: the time of the same products in their own shapes, each by `np.dot` into an existing
  array from compiled code, which is the time that BLAS takes for small matrices;
- in both, the activations: 1, 5 or 3 for each unit and time step of rnn, lstm and gru, each at
  the time of an element of a clamped rational tanh, the cheapest tanh that vectorises, on an
  array in the first cache.

The rest of a step is in neither: gathering the batch, derivatives, gates, clipping, the update.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.linalg  # noqa: F401 - the BLAS of numba's np.dot, loaded before its threads are limited
from numba import njit

from rnnsweep.execution.bench import DOT_FLOPS, Shape, dot_call
from rnnsweep.network.cost import update_flops
from rnnsweep.network.layout import Sizes

N_ELEMENTS = 4096
CALLS_A_TURN = 256
PRODUCT_FLOPS_A_TURN = 1e8


class Floor(NamedTuple):
    """Seconds of a step by both floors, and the rate of the first."""

    at_dot_rate: float
    at_blas: float
    dot_rate: float  # floating-point operations a second


def calls(sizes: Sizes, shape: Shape) -> dict[str, Callable[[], int]]:
    """Return the calls that `floor_of` needs the times of, to be timed on one BLAS thread."""
    return {
        "dot": dot_call("float32"),
        "products": _products_call(sizes, shape),
        "activation": _activation_call(),
    }


def floor_of(sizes: Sizes, shape: Shape, seconds: dict[str, float]) -> Floor:
    """Return the floor from the median seconds of the calls above."""
    rate = DOT_FLOPS / seconds["dot"]
    n_activations = sizes.facts.n_activations * shape.batch_size * shape.seq_len * sizes.hidden
    activations = n_activations * seconds["activation"]
    flops = update_flops(sizes, shape.seq_len, shape.batch_size, 1)
    return Floor(flops / rate + activations, seconds["products"] + activations, rate)


@njit(fastmath=True, error_model="numpy")
def _tanh(z, out, n):  # noqa: ANN001, ANN202
    # Padé's approximant [7/6] at 0, which is 1 to a part in ten thousand at 4.97.
    for _ in range(n):
        for i in range(z.size):
            x = min(max(z[i], z.dtype.type(-4.97)), z.dtype.type(4.97))
            s = x * x
            above = ((s + z.dtype.type(378)) * s + z.dtype.type(17325)) * s + z.dtype.type(135135)
            below = (z.dtype.type(28) * s + z.dtype.type(3150)) * s + z.dtype.type(62370)
            out[i] = x * above / (below * s + z.dtype.type(135135))


def _activation_call() -> Callable[[], int]:
    z = np.random.default_rng(0).standard_normal(N_ELEMENTS, np.float32)
    out = np.empty_like(z)

    def call() -> int:
        _tanh(z, out, CALLS_A_TURN)
        return N_ELEMENTS * CALLS_A_TURN

    return call


@njit
def _products(x, w_x, h, w_h, w_y, dz, dy, dw_x, dw_h, dw_y, gates, seq_len, batch, n):  # noqa: ANN001, ANN202
    """Make the products of `n` steps; h and dz (T B, H) serve for every array of their shape."""
    for _ in range(n):
        for _ in range(gates):
            np.dot(x, w_x, dz)
        for t in range(seq_len):
            rows = slice(t * batch, (t + 1) * batch)
            for _ in range(gates):
                np.dot(h[rows], w_h, dz[rows])
        last = h[(seq_len - 1) * batch :]
        np.dot(last, w_y, dy)
        np.dot(last.T, dy, dw_y)
        np.dot(dy, w_y.T, dz[:batch])
        for t in range(seq_len):
            rows = slice(t * batch, (t + 1) * batch)
            for _ in range(gates):
                np.dot(h[rows], w_h, dz[rows])  # by a transpose that was made before
        for _ in range(gates):
            np.dot(h.T, dz, dw_h)
            np.dot(x.T, dz, dw_x)


def _products_call(sizes: Sizes, shape: Shape) -> Callable[[], int]:
    (n_input, n_hidden, n_output), gates = sizes[:3], sizes.gates
    batch, seq_len = shape.batch_size, shape.seq_len
    rng = np.random.default_rng(0)

    def array(*size: int) -> np.ndarray:
        return rng.standard_normal(size, np.float32)

    rows = seq_len * batch
    w_x, w_h, w_y = array(n_input, n_hidden), array(n_hidden, n_hidden), array(n_hidden, n_output)
    arrays = (
        *(array(rows, n_input), w_x, array(rows, n_hidden), w_h, w_y),
        *(array(rows, n_hidden), array(batch, n_output)),
        *(np.empty_like(w) for w in (w_x, w_h, w_y)),
    )
    flops = update_flops(sizes, seq_len, batch, 1)
    n_steps = max(1, int(PRODUCT_FLOPS_A_TURN / flops))

    def call() -> int:
        _products(*arrays, gates, seq_len, batch, n_steps)
        return n_steps

    return call
