"""The Elman cell (Elman 1990).

    z_t = x_t W_xh + b_h + h_{t-1} W_hh,    h_t = f(z_t)

`zs` holds z_t on the way in, then f'(z_t), and dz_t after the way back.
"""

from .activations import activate
from .products import add_product, product, transposed_product
from .weights import Weights


class RnnWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def advance(weights, layer, activation, before, first, end):
    """Write ``h_t`` of the rows from `first` to `end`; their h_{t-1} start at row `before`."""
    size = (end - first) * layer.hs.shape[1]
    z = layer.zs[0, first:end]
    add_product(layer.states[before : before + end - first], layer.recurrent[0], z)
    activate(activation, z.reshape(size), layer.hs[first:end].reshape(size))


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn f'(z_t) into dz_t = dh_t * f'(z_t), in place."""
    dz = layer.zs[0, first:end].reshape(dh.size)
    for k in range(dh.size):
        dz[k] *= dh[k]


def carry_back(weights, layer, transposed, dh, first, end):
    """Write dh_{t-1} = dz_t W_hh^T for the rows of time step t, from `first` to `end`."""
    product(layer.zs[0, first:end], transposed[0], dh)


def recurrent_gradients(weights, layer, before, gradients):
    """Write the gradients of the recurrent weights; `before` (R, H) holds h_{t-1}."""
    transposed_product(before, layer.zs[0], gradients.recurrent[layer.number, 0])
