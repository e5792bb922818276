"""A slow twin of every kernel in plain NumPy, float64, one sequence and one time step at a time.

Nothing here comes from the package; the activations are those of `benchmarks/formulas.py`. A test
computes this, then the fast thing, and compares. Arrays are batch-first, as at the face of
`Model`. A sequence of a given length is its first time steps, and nothing else.
"""

from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple

import numpy as np
from scipy import special

from benchmarks.formulas import FORMULAS


class Network(NamedTuple):
    activation: str = "tanh"
    output_activation: str = "identity"
    output: str = "last"
    cell: object = "rnn"  # a name in CELLS, or what has the same as the files there
    layers: int = 1
    constants: tuple = ()  # pairs of a name and its value, where not those of the twin


# ---- reverse mode: each operation with its local derivative

_numbers = count()


class Value:
    """A vector or matrix that remembers what it was made of.

    `sources` are pairs: a value that this one was made of, and the function from the gradient
    by this one to its share of the gradient by that one.
    """

    def __init__(self, data, sources=()):
        self.data = np.asarray(data, np.float64)
        self.sources = sources
        self.grad = np.zeros_like(self.data)
        self.number = next(_numbers)

    def _value(self, other):
        """Return a number as a value that gives it to each element."""
        return other if isinstance(other, Value) else Value(np.full_like(self.data, other))

    def __add__(self, other):
        other = self._value(other)
        return Value(self.data + other.data, [(self, lambda g: g), (other, lambda g: g)])

    def __sub__(self, other):
        other = self._value(other)
        return Value(self.data - other.data, [(self, lambda g: g), (other, lambda g: -g)])

    def __rsub__(self, number):
        return self._value(number) - self

    def __mul__(self, other):
        other = self._value(other)
        a, b = self.data, other.data
        return Value(a * b, [(self, lambda g: g * b), (other, lambda g: g * a)])

    __rmul__ = __mul__

    def __truediv__(self, other):
        a, b = self.data, other.data
        return Value(a / b, [(self, lambda g: g / b), (other, lambda g: -g * a / b**2)])

    def __matmul__(self, matrix):
        a, b = self.data, matrix.data
        return Value(a @ b, [(self, lambda g: b @ g), (matrix, lambda g: np.outer(a, g))])

    def __neg__(self):
        return Value(-self.data, [(self, lambda g: -g)])

    def __pow__(self, exponent):
        """Return a power; no gradient goes to the exponent."""
        n = exponent.data if isinstance(exponent, Value) else np.float64(exponent)
        a = self.data
        return Value(a**n, [(self, lambda g: g * n * a ** (n - 1))])

    def through(self, activation):
        return self.mapped(FORMULAS[activation].value, FORMULAS[activation].slope)

    def mapped(self, f, df):
        """Return a function of each element, given with its derivative."""
        z = self.data
        return Value(f(z), [(self, lambda g: g * df(z))])

    def parts(self, n):
        """Return `n` equal parts of a vector, or of the columns of a matrix."""
        size, rest = divmod(self.data.shape[-1], n)
        assert rest == 0, f"{self.data.shape[-1]} numbers have no {n} parts: CELL has other gates"

        def part(start):
            def share(g):
                whole = np.zeros_like(self.data)
                whole[..., start : start + size] = g
                return whole

            return Value(self.data[..., start : start + size], [(self, share)])

        return [part(k * size) for k in range(n)]

    def detached(self):
        """Return the same numbers, without what they were made of."""
        return Value(self.data)


def backpropagate(ends):
    """Add to `grad` of all that the ends were made of; `ends` are pairs (value, its gradient)."""
    below, waiting = {}, []
    for value, gradient in ends:
        value.grad = value.grad + gradient
        waiting.append(value)
    while waiting:
        value = waiting.pop()
        if value.number not in below:
            below[value.number] = value
            waiting += [source for source, _ in value.sources]
    for number in sorted(below, reverse=True):  # none is made of a later one
        value = below[number]
        for source, share in value.sources:
            source.grad = source.grad + share(value.grad)


# The cells are found in their folder, one file each. A file has the names of the cell's `STATES`
# and ``step(p, activation, x, state)``: one time step, with `p` the layer's params by name and
# `state` a tuple of values. It returns the new state, and the pre-activations that went through
# the activation. Further arguments are the constants, with the values of the cell's file. Params:
# `W_xh`, `W_hh` and `b_h` have columns in the order of the cell's sums, a matrix `W_<feed>_h`
# multiplies another value than h, a recurrent sum has its own bias, a vector its own name.
CELLS = {
    found.name: import_module(f"naive_cells.{found.name}")
    for found in iter_modules([str(Path(__file__).parent / "naive_cells")])
}


class Pass(NamedTuple):
    """What one sequence leaves."""

    weights: dict  # the params, as values
    z: np.ndarray  # all pre-activations that went through the activation
    s: list  # for each output, the sums (O,) before the output activation, as values
    y: np.ndarray  # (T or 1, O)
    state: list  # the last time step's, layer by layer: tuples of arrays


def run(network, params, x, state=None, truncation=0):
    """Run one sequence: `x` (T, I), or (T,) tokens, from a state of zeros or a given one."""
    weights = {name: Value(value) for name, value in params.items()}
    cell = CELLS[network.cell] if isinstance(network.cell, str) else network.cell
    n_hidden = len(params["W_hy"])
    constants = dict(network.constants)
    if np.ndim(x) == 1:  # token k is the k-th unit vector
        x = np.eye(len(params["W_xh"]))[x]
    if state is None:
        zeros = (np.zeros(n_hidden),) * len(cell.STATES)
        state = [zeros] * network.layers
    state = [tuple(Value(array) for array in layer) for layer in state]
    zs, sums = [], []
    for t in range(len(x)):
        if truncation and t % truncation == 0:
            state = [tuple(value.detached() for value in layer) for layer in state]
        below = Value(x[t])
        for layer in range(network.layers):
            end = f"_{layer}" if layer else ""
            own = (name for name in weights if name.endswith(end))
            p = {name.removesuffix(end): weights[name] for name in own}
            state[layer], z = cell.step(p, network.activation, below, state[layer], **constants)
            below = state[layer][0]
            zs += [value.data for value in z]
        if network.output == "every" or t == len(x) - 1:
            sums.append(below @ weights["W_hy"] + weights["b_y"])
    g = FORMULAS[network.output_activation].value
    y = g(np.array([s.data for s in sums]))
    last = [tuple(value.data for value in layer) for layer in state]
    return Pass(weights, np.array(zs), sums, y, last)


def as_float64(params):
    return {name: np.asarray(value, np.float64) for name, value in params.items()}


def each_sequence(x, lengths):
    """Return the sequences of a batch, each cut to its length."""
    lengths = [len(sequence) for sequence in x] if lengths is None else lengths
    return [sequence[:length] for sequence, length in zip(x, lengths, strict=True)]


def forward(network, params, x, lengths=None):
    """Return the outputs (B, O), or (B, T, O) for output "every", 0 past a length."""
    params = as_float64(params)
    ys = [run(network, params, sequence).y for sequence in each_sequence(x, lengths)]
    if network.output == "last":
        return np.array([y[0] for y in ys])
    n_time = np.shape(x)[1]
    return np.array([np.vstack([y, np.zeros((n_time - len(y), y.shape[1]))]) for y in ys])


def distance_to_a_kink(network, params, x, lengths=None):
    """Return how near any pre-activation comes to where the derivative jumps.

    One that is exactly on the kink is there in any precision: a sum of the zeros that relu
    leaves.
    """
    params, kinks = as_float64(params), FORMULAS[network.activation].kinks
    zs = [run(network, params, sequence).z for sequence in each_sequence(x, lengths)]
    gaps = [np.abs(z - kink) for z in zs for kink in kinks]
    return min((gap[gap > 0].min(initial=np.inf) for gap in gaps), default=np.inf)


# ---- losses


def sum_of_losses(name, s, y, target, huber_delta=1.0):
    """Return the loss summed over outputs (n, O) ``y = g(s)``.

    `target` (n, O), or for cross_entropy the classes (n,).
    """
    if name == "cross_entropy":
        return -sum(special.log_softmax(y_t)[k] for y_t, k in zip(y, target, strict=True))
    if name == "bce":
        # -t log y - (1 - t) log(1 - y) with y = sigmoid(s), and 1 - y = sigmoid(-s).
        return np.sum(-target * special.log_expit(s) - (1 - target) * special.log_expit(-s))
    error = np.abs(y - target)
    if name == "mse":
        return np.sum(error**2)
    if name == "mae":
        return np.sum(error)
    near = error <= huber_delta
    return np.sum(np.where(near, error**2 / 2, huber_delta * (error - huber_delta / 2)))


def output_slopes(network, name, s, y, target, huber_delta=1.0):
    """Return the gradient of the summed loss by the sums `s`."""
    if name == "bce":
        return y - target  # (y - t) / (y (1 - y)) times y (1 - y)
    if name == "cross_entropy":
        slope = special.softmax(y, axis=-1) - np.eye(y.shape[-1])[target]
    else:
        error = y - target
        slope = {
            "mse": 2 * error,
            "mae": np.sign(error),
            "huber": np.clip(error, -huber_delta, huber_delta),
        }[name]
    dg = FORMULAS[network.output_activation].slope
    return slope * dg(s)


# ---- a batch


class Batch(NamedTuple):
    """Sums over a batch: loss, how many elements it was summed over, its gradients by name; and
    the sequences' last states."""

    total: float
    n: int
    grads: dict | None
    states: list


def run_batch(
    network,
    params,
    x,
    target,
    name="mse",
    gradient="bptt",
    lengths=None,
    truncation=0,
    huber_delta=1.0,
    states=None,
    mask=None,
):
    """Run a batch and sum over it; without gradients where `gradient` is None.

    Where a `mask` (B, T) is 0, a time step's output has no target.
    """
    params = as_float64(params)
    grads = {key: np.zeros_like(value) for key, value in params.items()} if gradient else None
    total, n, last = 0.0, 0, []
    for b, sequence in enumerate(each_sequence(x, lengths)):
        done = run(network, params, sequence, states and states[b], truncation)
        s = np.array([value.data for value in done.s])
        expected = target[b][: len(s)] if network.output == "every" else target[b : b + 1]
        counts = np.ones(len(s), bool) if mask is None else np.array(mask[b][: len(s)]) == 1
        y, expected = np.array(done.y)[counts], np.array(expected)[counts]
        total += sum_of_losses(name, s[counts], y, expected, huber_delta)
        n += counts.sum() if name == "cross_entropy" else s[counts].size
        last.append(done.state)
        if gradient:
            ds = np.zeros(s.shape)
            ds[counts] = output_slopes(network, name, s[counts], y, expected, huber_delta)
            if gradient == "notebook":
                add_notebook_rule(network, params, sequence, done, ds, grads)
            else:
                backpropagate(zip(done.s, ds, strict=True))
                for key, value in done.weights.items():
                    grads[key] += value.grad
    return Batch(total, n, grads, last)


def add_notebook_rule(network, params, x, done, ds, grads):
    """Add one sequence's part of the notebook's rule, line by line as its second cell has it:
    h is the last hidden state throughout, and the derivative is taken at h as if it were z."""
    df = FORMULAS[network.activation].slope
    (h,) = done.state[0]
    if np.ndim(x) == 1:
        x = np.eye(len(params["W_xh"]))[x]
    (dy,) = ds
    grads["W_hy"] += np.outer(h, dy)
    grads["b_y"] += dy
    dh = params["W_hy"] @ dy
    for t in reversed(range(len(x))):
        dhraw = dh * df(h)
        grads["W_xh"] += np.outer(x[t], dhraw)
        grads["W_hh"] += np.outer(h, dhraw)
        grads["b_h"] += dhraw
        dh = params["W_hh"] @ dhraw


def loss(network, params, x, target, name="mse", **options):
    """Return the mean loss of a batch."""
    done = run_batch(network, params, x, target, name, None, **options)
    return done.total / done.n


def loss_and_gradients(network, params, x, target, name="mse", gradient="bptt", **options):
    """Return the mean loss of a batch, and its gradients by name."""
    done = run_batch(network, params, x, target, name, gradient, **options)
    return done.total / done.n, {key: grad / done.n for key, grad in done.grads.items()}


def central_differences(function, params, step):
    """Return the gradient of ``function(params)`` by each parameter in turn."""
    grads = {}
    for name, value in params.items():
        grads[name] = np.empty(value.shape)
        for place in np.ndindex(value.shape):
            values = []
            for shift in (step, -step):
                moved = {key: np.array(other) for key, other in params.items()}
                moved[name][place] += shift
                values.append(function(moved))
            grads[name][place] = (values[0] - values[1]) / (2 * step)
    return grads
