"""Long short-term memory (Hochreiter and Schmidhuber 1997, with Gers et al.'s forget gate).

    i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)    z = x_t W_xh + b_h + h_{t-1} W_hh
    g = a(z_g)                                            a is the activation, tanh in PyTorch
    c_t = f * c_{t-1} + i * g,    h_t = o * a(c_t)

The gates are in PyTorch's order i, f, g, o. `zs` holds i, f, a'(z_g) and o after `advance`, and the
gradients by the four z after `retreat`; `extras` holds g, a(c_t) and a'(c_t). The loops are short
because LLVM does not vectorise a loop that would need more than eight checks whether two arrays
overlap.
"""

from ..apart import call
from ..products import add_product, add_transposed_product, product
from ..views import flat, table
from ..weights import Weights

CELL = {
    "line": "long short-term memory: gates i, f, g, o as in PyTorch, the activation for both tanh",
    "year": 1997,
    "gates": ("i", "f", "g", "o"),
    "activated": "g",
    "states": ("h", "c"),
    "extras": 3,
    "forget_gate": "f",
}

# Places in `zs` and in `extras`.
I, F, G, O = range(4)  # noqa: E741
VALUE, OUT, SLOPE = range(3)


class LstmWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def step(x_sums, h_sums, states, activation, sigmoid):
    """Return the states after one time step."""
    z_i, z_f, z_g, z_o = (x + h for x, h in zip(x_sums, h_sums, strict=True))
    c = sigmoid(z_f) * states[1] + sigmoid(z_i) * activation(z_g)
    return sigmoid(z_o) * activation(c), c


def advance(weights, layer, network, before, first, end):
    """Write h_t and c_t of the rows from `first` to `end`, whose h_{t-1} begin at row `before`."""
    n, h = end - first, layer.n_hidden
    at, size, whole = first * h, n * h, layer.n_rows * h
    h_before = table(layer.hs, before * h, n, h)
    for gate in range(4):
        add_product(
            network.multiply,
            h_before,
            table(layer.recurrent, gate * h * h, h, h),
            table(layer.zs, gate * whole + at, n, h),
        )
    i = flat(layer.zs, I * whole + at, size)
    f = flat(layer.zs, F * whole + at, size)
    z_g = flat(layer.zs, G * whole + at, size)
    o = flat(layer.zs, O * whole + at, size)
    g = flat(layer.extras, VALUE * whole + at, size)
    call(network.squash, (i,))
    call(network.squash, (f,))
    call(network.squash, (o,))
    call(network.activate, (z_g, g))
    c_before = flat(layer.cs, before * h, size)
    c = flat(layer.cs, layer.n_batch * h + at, size)
    out = flat(layer.extras, OUT * whole + at, size)
    slope = flat(layer.extras, SLOPE * whole + at, size)
    for k in range(size):
        c[k] = f[k] * c_before[k] + i[k] * g[k]
    for k in range(size):
        slope[k] = c[k]
    call(network.activate, (slope, out))
    hs = flat(layer.hs, layer.n_batch * h + at, size)
    for k in range(size):
        hs[k] = o[k] * out[k]


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn the gates into the gradients by their z, and `dc` from dc_t into dc_{t-1}.

    dc_t = dc_t + dh_t * o * a'(c_t),    dc_{t-1} = dc_t * f
    """
    one = dh.dtype.type(1.0)
    at, whole = first * layer.n_hidden, layer.n_rows * layer.n_hidden
    i = flat(layer.zs, I * whole + at, dh.size)
    f = flat(layer.zs, F * whole + at, dh.size)
    slope_g = flat(layer.zs, G * whole + at, dh.size)
    o = flat(layer.zs, O * whole + at, dh.size)
    g = flat(layer.extras, VALUE * whole + at, dh.size)
    out = flat(layer.extras, OUT * whole + at, dh.size)
    slope = flat(layer.extras, SLOPE * whole + at, dh.size)
    c_before = flat(layer.cs, before * layer.n_hidden, dh.size)
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


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Write dh_{t-1} = dz_t W_hh^T for the rows of time step t, from `first` to `end`."""
    n, h = end - first, layer.n_hidden
    into, whole = table(dh, 0, n, h), layer.n_rows * h
    product(network.multiply, table(layer.zs, first * h, n, h), table(transposed, 0, h, h), into)
    for gate in range(1, 4):
        add_product(
            network.multiply,
            table(layer.zs, gate * whole + first * h, n, h),
            table(transposed, gate * h * h, h, h),
            into,
        )


def recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    """Add some rows' part to the gradient (G H H,) of the recurrent weights.

    `before` (n, H) holds h_{t-1} of the rows from `first` on.
    """
    n, h = before.shape
    for gate in range(4):
        dz = table(layer.zs, (gate * layer.n_rows + first) * h, n, h)
        add_transposed_product(network.multiply, before, dz, table(gradient, gate * h * h, h, h))
