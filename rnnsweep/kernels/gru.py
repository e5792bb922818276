"""The gated recurrent unit (Cho et al. 2014), with PyTorch's place for the reset gate.

    r, z = sigmoid(z_r), sigmoid(z_z)                     z = x_t W_xh + b_h + h_{t-1} W_hh
    q = h_{t-1} W_hn + b_hn
    n = a(x_t W_xn + b_n + r * q)                         a is the activation, tanh in PyTorch
    h_t = (1 - z) * n + z * h_{t-1}

`zs` holds r, z and a'(z_n) after `advance`, the gradients by the three z after `retreat`;
`extras` holds n, and q, then the gradient by q.
"""

from .activations import activate, squash
from .loops import add_rows, copy
from .products import add_product, transposed_product
from .weights import Weights

R, Z, N = range(3)
VALUE, Q = range(2)


class GruWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def advance(weights, layer, activation, before, first, end):
    """Write ``h_t`` of the rows from `first` to `end`; their h_{t-1} start at row `before`."""
    n = end - first
    size = n * layer.hs.shape[1]
    h_before = layer.states[before : before + n]
    q = layer.extras[Q, first:end]
    for row in range(n):
        copy(weights.b_hn[layer.number], q[row])
    add_product(h_before, layer.recurrent[R], layer.zs[R, first:end])
    add_product(h_before, layer.recurrent[Z], layer.zs[Z, first:end])
    add_product(h_before, layer.recurrent[N], q)
    r = layer.zs[R, first:end].reshape(size)
    z = layer.zs[Z, first:end].reshape(size)
    z_n = layer.zs[N, first:end].reshape(size)
    flat_q = q.reshape(size)
    squash(r)
    squash(z)
    for k in range(size):
        z_n[k] += r[k] * flat_q[k]
    value = layer.extras[VALUE, first:end].reshape(size)
    activate(activation, z_n, value)
    h = layer.hs[first:end].reshape(size)
    flat_before = h_before.reshape(size)
    for k in range(size):
        h[k] = value[k] + z[k] * (flat_before[k] - value[k])


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn the gates into the gradients by their z, and `dh` into what z hands on to h_{t-1}."""
    one = dh.dtype.type(1.0)
    r = layer.zs[R, first:end].reshape(dh.size)
    z = layer.zs[Z, first:end].reshape(dh.size)
    dz_n = layer.zs[N, first:end].reshape(dh.size)
    value = layer.extras[VALUE, first:end].reshape(dh.size)
    q = layer.extras[Q, first:end].reshape(dh.size)
    h_before = layer.states[before : before + end - first].reshape(dh.size)
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


def carry_back(weights, layer, transposed, dh, first, end):
    """Add the three gates' part of dh_{t-1} for the rows of time step t, `first` to `end`."""
    add_product(layer.zs[R, first:end], transposed[R], dh)
    add_product(layer.zs[Z, first:end], transposed[Z], dh)
    add_product(layer.extras[Q, first:end], transposed[N], dh)


def recurrent_gradients(weights, layer, before, gradients):
    """Write the gradients of the recurrent weights and b_hn; `before` (R, H) holds h_{t-1}."""
    recurrent = gradients.recurrent[layer.number]
    dq = layer.extras[Q]
    transposed_product(before, layer.zs[R], recurrent[R])
    transposed_product(before, layer.zs[Z], recurrent[Z])
    transposed_product(before, dq, recurrent[N])
    add_rows(dq, gradients.b_hn[layer.number])
