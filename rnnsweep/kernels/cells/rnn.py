"""The Elman cell (Elman 1990).

    z_t = x_t W_xh + b_h + h_{t-1} W_hh,    h_t = f(z_t)

`zs` holds z_t first, f'(z_t) after `advance` and the gradient by z_t after `retreat`.
"""

from ..apart import call
from ..products import add_product, add_transposed_product, product
from ..views import flat, table
from ..weights import Weights

CELL = {
    "line": "Elman network: h = f(x W_xh + h_prev W_hh + b_h)",
    "year": 1990,
    "gates": ("h",),
    "activated": "h",
    "states": ("h",),
    "extras": 0,
    "is_elman": True,
}


class RnnWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def step(x_sums, h_sums, states, activation, sigmoid):
    """Return the states after one time step."""
    return (activation(x_sums[0] + h_sums[0]),)


def advance(weights, layer, network, before, first, end):
    """Write h_t of the rows from `first` to `end`, whose h_{t-1} begin at row `before`."""
    n, h = end - first, layer.n_hidden
    add_product(
        network.multiply,
        table(layer.hs, before * h, n, h),
        table(layer.recurrent, 0, h, h),
        table(layer.zs, first * h, n, h),
    )
    hs = flat(layer.hs, (layer.n_batch + first) * h, n * h)
    call(network.activate, (flat(layer.zs, first * h, n * h), hs))


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn f'(z_t) into dz_t = dh_t * f'(z_t), in place."""
    dz = flat(layer.zs, first * layer.n_hidden, dh.size)
    for k in range(dh.size):
        dz[k] *= dh[k]


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Write dh_{t-1} = dz_t W_hh^T for the rows of time step t, from `first` to `end`."""
    n, h = end - first, layer.n_hidden
    product(
        network.multiply,
        table(layer.zs, first * h, n, h),
        table(transposed, 0, h, h),
        table(dh, 0, n, h),
    )


def recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    """Add some rows' part to the gradient (G H H,) of the recurrent weights.

    `before` (n, H) holds h_{t-1} of the rows from `first` on.
    """
    h = layer.n_hidden
    dz = table(layer.zs, first * h, before.shape[0], h)
    add_transposed_product(network.multiply, before, dz, table(gradient, 0, h, h))
