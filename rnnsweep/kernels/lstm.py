"""Long short-term memory (Hochreiter and Schmidhuber 1997, with Gers et al.'s forget gate).

    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)    z = x_t W_xh + b_h + h_{t-1} W_hh
    g = a(z_g)                                            a is the activation, tanh in PyTorch
    c_t = f * c_{t-1} + i * g,    h_t = o * a(c_t)

Gates in PyTorch's order i, f, g, o. `zs` holds i, f, a'(z_g) and o after `advance`, the gradients
by the four z after `retreat`; `extras` holds g, a(c_t) and a'(c_t). The loops are short because
LLVM gives up on a loop that would need more than eight checks whether two arrays overlap.
"""

from .activations import activate, squash
from .products import add_product, product, transposed_product
from .weights import Weights

I, F, G, O = range(4)  # noqa: E741
VALUE, OUT, SLOPE = range(3)


class LstmWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def advance(weights, layer, activation, before, first, end):
    """Write ``h_t`` and ``c_t`` of the rows from `first` to `end`; h_{t-1} starts at `before`."""
    n = end - first
    size = n * layer.hs.shape[1]
    h_before = layer.states[before : before + n]
    for gate in range(4):
        add_product(h_before, layer.recurrent[gate], layer.zs[gate, first:end])
    i = layer.zs[I, first:end].reshape(size)
    f = layer.zs[F, first:end].reshape(size)
    z_g = layer.zs[G, first:end].reshape(size)
    o = layer.zs[O, first:end].reshape(size)
    g = layer.extras[VALUE, first:end].reshape(size)
    squash(i)
    squash(f)
    squash(o)
    activate(activation, z_g, g)
    c_before = layer.cells[before : before + n].reshape(size)
    c = layer.cells[layer.n_batch + first : layer.n_batch + end].reshape(size)
    for k in range(size):
        c[k] = f[k] * c_before[k] + i[k] * g[k]
    out = layer.extras[OUT, first:end].reshape(size)
    slope = layer.extras[SLOPE, first:end].reshape(size)
    for k in range(size):
        slope[k] = c[k]
    activate(activation, slope, out)
    h = layer.hs[first:end].reshape(size)
    for k in range(size):
        h[k] = o[k] * out[k]


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn the gates into the gradients by their z, and `dc` from dc_t into dc_{t-1}.

    dc_t = dc_t + dh_t * o * a'(c_t),    dc_{t-1} = dc_t * f
    """
    one = dh.dtype.type(1.0)
    i = layer.zs[I, first:end].reshape(dh.size)
    f = layer.zs[F, first:end].reshape(dh.size)
    slope_g = layer.zs[G, first:end].reshape(dh.size)
    o = layer.zs[O, first:end].reshape(dh.size)
    g = layer.extras[VALUE, first:end].reshape(dh.size)
    out = layer.extras[OUT, first:end].reshape(dh.size)
    slope = layer.extras[SLOPE, first:end].reshape(dh.size)
    c_before = layer.cells[before : before + end - first].reshape(dh.size)
    for k in range(dh.size):
        dc[k] += dh[k] * o[k] * slope[k]
    for k in range(dh.size):
        o[k] = dh[k] * out[k] * o[k] * (one - o[k])
    for k in range(dh.size):
        slope_g[k] *= dc[k] * i[k]
    for k in range(dh.size):
        i[k] = dc[k] * g[k] * i[k] * (one - i[k])
    for k in range(dh.size):
        forget, gradient = f[k], dc[k]
        f[k] = gradient * c_before[k] * forget * (one - forget)
        dc[k] = gradient * forget


def carry_back(weights, layer, transposed, dh, first, end):
    """Write dh_{t-1} = dz_t W_hh^T for the rows of time step t, from `first` to `end`."""
    product(layer.zs[I, first:end], transposed[I], dh)
    for gate in range(1, 4):
        add_product(layer.zs[gate, first:end], transposed[gate], dh)


def recurrent_gradients(weights, layer, before, gradients):
    """Write the gradients of the recurrent weights; `before` (R, H) holds h_{t-1}."""
    for gate in range(4):
        transposed_product(before, layer.zs[gate], gradients.recurrent[layer.number, gate])
