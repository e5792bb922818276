"""The gated recurrent unit (Cho et al. 2014), with PyTorch's place for the reset gate.

    r, z = sigmoid(z_r), sigmoid(z_z)                     z = x_t W_xh + b_h + h_{t-1} W_hh
    q = h_{t-1} W_hn + b_hn
    n = a(x_t W_xn + b_n + r * q)                         a is the activation, tanh in PyTorch
    h_t = (1 - z) * n + z * h_{t-1}

`zs` holds r, z and a'(z_n) after `advance`, the gradients by the three z after `retreat`;
`extras` holds n, and q, then the gradient by q.
"""

from ..apart import call
from ..loops import add, copy
from ..products import add_product, add_transposed_product
from ..views import flat, table
from ..weights import Weights

CELL = {
    "line": "gated recurrent unit: gates r, z, n as in PyTorch; r multiplies h_prev W_hh + b",
    "year": 2014,
    "gates": ("r", "z", "n"),
    "activated": "n",
    "states": ("h",),
    "extras": 2,
    "recurrent_bias": "n",
}

# Places in `zs` and in `extras`.
R, Z, N = range(3)
VALUE, Q = range(2)


class GruWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def step(x_sums, h_sums, states, activation, sigmoid):
    """Return the states after one time step."""
    (x_r, x_z, x_n), (h_r, h_z, q) = x_sums, h_sums
    z = sigmoid(x_z + h_z)
    n = activation(x_n + sigmoid(x_r + h_r) * q)
    return ((1 - z) * n + z * states[0],)


def advance(weights, layer, network, before, first, end):
    """Write h_t of the rows from `first` to `end`, whose h_{t-1} begin at row `before`."""
    n, h = end - first, layer.n_hidden
    at, size, whole = first * h, n * h, layer.n_rows * h
    h_before = table(layer.hs, before * h, n, h)
    for row in range(first, end):
        copy(layer.recurrent_bias, flat(layer.extras, Q * whole + row * h, h))
    for gate in range(3):
        matrix = table(layer.recurrent, gate * h * h, h, h)
        if gate == N:
            into = table(layer.extras, Q * whole + at, n, h)
        else:
            into = table(layer.zs, gate * whole + at, n, h)
        add_product(network.multiply, h_before, matrix, into)
    r = flat(layer.zs, R * whole + at, size)
    z = flat(layer.zs, Z * whole + at, size)
    z_n = flat(layer.zs, N * whole + at, size)
    q = flat(layer.extras, Q * whole + at, size)
    value = flat(layer.extras, VALUE * whole + at, size)
    call(network.squash, (r,))
    call(network.squash, (z,))
    for k in range(size):
        z_n[k] += r[k] * q[k]
    call(network.activate, (z_n, value))
    hs = flat(layer.hs, layer.n_batch * h + at, size)
    old = flat(layer.hs, before * h, size)
    for k in range(size):
        hs[k] = value[k] + z[k] * (old[k] - value[k])


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn the gates into the gradients by their z, and `dh` into dh_t * z, the part by h_{t-1}."""
    one = dh.dtype.type(1.0)
    at, whole = first * layer.n_hidden, layer.n_rows * layer.n_hidden
    r = flat(layer.zs, R * whole + at, dh.size)
    z = flat(layer.zs, Z * whole + at, dh.size)
    dz_n = flat(layer.zs, N * whole + at, dh.size)
    value = flat(layer.extras, VALUE * whole + at, dh.size)
    q = flat(layer.extras, Q * whole + at, dh.size)
    h_before = flat(layer.hs, before * layer.n_hidden, dh.size)
    for k in range(dh.size):
        dz_n[k] *= dh[k] * (one - z[k])
    for k in range(dh.size):
        gradient, keep = dh[k], z[k]
        z[k] = gradient * (h_before[k] - value[k]) * keep * (one - keep)
        dh[k] = gradient * keep
    for k in range(dh.size):
        reset, gradient = r[k], dz_n[k]
        r[k] = gradient * q[k] * reset * (one - reset)
        q[k] = gradient * reset


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Add the gates' part of dh_{t-1} to `dh`, for the rows of time step t, `first` to `end`."""
    n, h = end - first, layer.n_hidden
    for gate in range(3):
        if gate == N:
            dz = table(layer.extras, (Q * layer.n_rows + first) * h, n, h)
        else:
            dz = table(layer.zs, (gate * layer.n_rows + first) * h, n, h)
        matrix = table(transposed, gate * h * h, h, h)
        add_product(network.multiply, dz, matrix, table(dh, 0, n, h))


def recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    """Add some rows' part to the gradients of the recurrent weights (G H H,) and of b_hn (H,).

    `before` (n, H) holds h_{t-1} of the rows from `first` on.
    """
    n, h = before.shape
    dq = table(layer.extras, (Q * layer.n_rows + first) * h, n, h)
    for gate in range(3):
        dz = dq if gate == N else table(layer.zs, (gate * layer.n_rows + first) * h, n, h)
        add_transposed_product(network.multiply, before, dz, table(gradient, gate * h * h, h, h))
    for row in range(n):
        add(bias_gradient, flat(dq, row * h, h))
