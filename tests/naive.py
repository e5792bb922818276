"""A slow twin of every kernel in plain NumPy, float64, one sequence and one time step at a time.

Nothing here is shared with the package: a test computes this, then the fast thing, and compares.
Arrays are batch-first, as at the face of `Model`.
"""

from typing import NamedTuple

import numpy as np
from scipy import special


class Network(NamedTuple):
    activation: str = "tanh"
    output_activation: str = "identity"
    output: str = "last"


def gelu_slope(z):
    return special.ndtr(z) + z * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def silu_slope(z):
    return special.expit(z) + z * special.expit(z) * special.expit(-z)


# Value and derivative.
ACTIVATIONS = {
    "sigmoid": (special.expit, lambda z: special.expit(z) * special.expit(-z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.where(z < 0, 0.0, z), lambda z: np.where(z > 0, 1.0, 0.0)),
    "identity": (lambda z: z, np.ones_like),
    "leaky_relu": (lambda z: np.where(z < 0, 0.01 * z, z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "elu": (
        lambda z: np.where(z < 0, np.expm1(np.minimum(z, 0)), z),
        lambda z: np.exp(np.minimum(z, 0)),
    ),
    "softplus": (lambda z: np.logaddexp(0, z), special.expit),
    "gelu": (lambda z: z * special.ndtr(z), gelu_slope),
    "silu": (lambda z: z * special.expit(z), silu_slope),
    "softsign": (lambda z: z / (1 + np.abs(z)), lambda z: (1 + np.abs(z)) ** -2.0),
    "hard_tanh": (lambda z: np.clip(z, -1, 1), lambda z: np.where(np.abs(z) < 1, 1.0, 0.0)),
    "sin": (np.sin, np.cos),
}

# Where a derivative jumps: two precisions may stand on two sides of it.
KINKS = {"relu": [0.0], "leaky_relu": [0.0], "hard_tanh": [-1.0, 1.0]}


class Pass(NamedTuple):
    """What one sequence leaves: `z` (T, H), `h` (T+1, H) from h = 0, and for each output the
    sums `s` before the output activation and the outputs `y`, (T or 1, O)."""

    z: np.ndarray
    h: np.ndarray
    s: np.ndarray
    y: np.ndarray


def run(network, params, x):
    """Run one sequence `x` (T, I)."""
    f, _ = ACTIVATIONS[network.activation]
    g, _ = ACTIVATIONS[network.output_activation]
    n_time, n_hidden = len(x), len(params["b_h"])
    z, h = np.zeros((n_time, n_hidden)), np.zeros((n_time + 1, n_hidden))
    for t in range(n_time):
        z[t] = x[t] @ params["W_xh"] + h[t] @ params["W_hh"] + params["b_h"]
        h[t + 1] = f(z[t])
    with_output = h[1:] if network.output == "every" else h[-1:]
    s = np.array([h_t @ params["W_hy"] + params["b_y"] for h_t in with_output])
    return Pass(z, h, s, g(s))


def as_float64(params):
    return {name: np.asarray(value, np.float64) for name, value in params.items()}


def forward(network, params, x):
    """Return the outputs (B, O), or (B, T, O) for output "every"."""
    y = np.array([run(network, as_float64(params), sequence).y for sequence in np.float64(x)])
    return y if network.output == "every" else y[:, 0]


def distance_to_a_kink(network, params, x):
    """Return how near any pre-activation comes to where the derivative jumps."""
    kinks = KINKS.get(network.activation, [])
    z = np.array([run(network, as_float64(params), sequence).z for sequence in np.float64(x)])
    return min((np.abs(z - kink).min() for kink in kinks), default=np.inf)


def sum_of_losses(name, s, y, target):
    """Return the loss summed over all elements of outputs ``y = g(s)``."""
    if name == "mse":
        return np.sum((y - target) ** 2)
    # -t log y - (1 - t) log(1 - y) with y = sigmoid(s), and 1 - y = sigmoid(-s).
    return np.sum(-target * special.log_expit(s) - (1 - target) * special.log_expit(-s))


def loss(network, params, x, target, name="mse"):
    """Return the mean loss of a batch."""
    total = 0.0
    for sequence, wanted in zip(np.float64(x), np.float64(target), strict=True):
        done = run(network, as_float64(params), sequence)
        total += sum_of_losses(name, done.s, done.y, wanted.reshape(done.y.shape))
    return total / np.size(target)


def output_slopes(network, name, done, target):
    """Return the gradient of the summed loss by the sums `s`."""
    if name == "bce":
        return done.y - target  # (y - t) / (y (1 - y)) times y (1 - y)
    _, dg = ACTIVATIONS[network.output_activation]
    return 2 * (done.y - target) * dg(done.s)


def add_bptt(network, params, x, done, ds, grads):
    """Add one sequence's gradients: the chain rule, back from the last time step."""
    _, df = ACTIVATIONS[network.activation]
    n_time = len(x)
    dz_next = np.zeros(done.z.shape[1])
    for t in reversed(range(n_time)):
        dh = params["W_hh"] @ dz_next
        out = t if network.output == "every" else t - (n_time - 1)
        if out >= 0:
            dh = dh + params["W_hy"] @ ds[out]
            grads["W_hy"] += np.outer(done.h[t + 1], ds[out])
            grads["b_y"] += ds[out]
        dz = dh * df(done.z[t])
        grads["W_xh"] += np.outer(x[t], dz)
        grads["W_hh"] += np.outer(done.h[t], dz)
        grads["b_h"] += dz
        dz_next = dz


def add_notebook_rule(network, params, x, done, ds, grads):
    """Add one sequence's part of the notebook's rule, line by line as its second cell has it:
    h is the last hidden state throughout, and the derivative is taken at h as if it were z."""
    _, df = ACTIVATIONS[network.activation]
    h, dy = done.h[-1], ds[0]
    grads["W_hy"] += np.outer(h, dy)
    grads["b_y"] += dy
    dh = params["W_hy"] @ dy
    for t in reversed(range(len(x))):
        dhraw = dh * df(h)
        grads["W_xh"] += np.outer(x[t], dhraw)
        grads["W_hh"] += np.outer(h, dhraw)
        grads["b_h"] += dhraw
        dh = params["W_hh"] @ dhraw


RULES = {"bptt": add_bptt, "notebook": add_notebook_rule}


def loss_and_gradients(network, params, x, target, name="mse", gradient="bptt"):
    """Return the mean loss of a batch, and its gradients by name."""
    params = as_float64(params)
    grads = {key: np.zeros_like(value) for key, value in params.items()}
    total = 0.0
    for sequence, wanted in zip(np.float64(x), np.float64(target), strict=True):
        done = run(network, params, sequence)
        wanted = wanted.reshape(done.y.shape)
        total += sum_of_losses(name, done.s, done.y, wanted)
        ds = output_slopes(network, name, done, wanted) / np.size(target)
        RULES[gradient](network, params, sequence, done, ds, grads)
    return total / np.size(target), grads


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


class Rule(NamedTuple):
    loss: str = "mse"
    gradient: str = "bptt"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    momentum: float = 0.0
    clip_norm: float = 0.0
    batch_size: int = 32


def norm(grads):
    return np.sqrt(sum(np.sum(grad**2) for grad in grads.values()))


def clip(grads, max_norm):
    """Return the gradients scaled by min(1, max_norm / (norm + 1e-6))."""
    factor = min(1.0, max_norm / (norm(grads) + 1e-6))
    return {name: factor * grad for name, grad in grads.items()}


class Optimizer:
    """The update rules, a parameter array at a time, from their papers and PyTorch's pages."""

    def __init__(self, rule, params):
        self.rule = rule
        self.m = {name: np.zeros_like(value) for name, value in params.items()}
        self.v = {name: np.zeros_like(value) for name, value in params.items()}
        self.n = 0

    def update(self, params, grads):
        """Modify `params` in place."""
        self.n += 1
        for name, grad in grads.items():
            params[name] -= self.rule.learning_rate * self.direction(name, grad)

    def direction(self, name, grad):
        m, v, n = self.m, self.v, self.n
        if self.rule.optimizer == "sgd":
            m[name] = self.rule.momentum * m[name] + grad
            return m[name]
        if self.rule.optimizer == "adam":
            m[name] = 0.9 * m[name] + 0.1 * grad
            v[name] = 0.999 * v[name] + 0.001 * grad**2
            return m[name] / (1 - 0.9**n) / (np.sqrt(v[name] / (1 - 0.999**n)) + 1e-8)
        v[name] = 0.99 * v[name] + 0.01 * grad**2
        return grad / (np.sqrt(v[name]) + 1e-8)


def diverged(value, first):
    return not np.isfinite(value) or (first > 0 and value > 1e6 * first)


class Trained(NamedTuple):
    """What a training leaves: a row (train_loss, val_loss, grad_norm) an epoch, the params at
    its end and at the epoch of the lowest validation loss."""

    records: np.ndarray
    has_diverged: bool
    params: dict
    best_epoch: int | None
    best: dict | None


def train(network, rule, params, train_part, val_part, orders):
    """Train for an epoch an order; the parts are pairs (x, target)."""
    x, target = train_part
    params = {name: value.copy() for name, value in as_float64(params).items()}
    optimizer = Optimizer(rule, params)
    records, first, best_epoch, best = [], None, None, None
    for epoch, order in enumerate(orders):
        losses, norms, bad = [], [], False
        for start in range(0, len(order), rule.batch_size):
            batch = order[start : start + rule.batch_size]
            value, grads = loss_and_gradients(
                network, params, x[batch], target[batch], rule.loss, rule.gradient
            )
            losses += [value] * len(batch)
            first = value if first is None else first
            if diverged(value, first):
                bad = True
                break
            norms.append(norm(grads))
            if rule.clip_norm > 0:
                grads = clip(grads, rule.clip_norm)
            optimizer.update(params, grads)
        grad_norm = np.mean(norms) if norms else np.nan
        val_loss = np.nan if bad else loss(network, params, *val_part, rule.loss)
        records.append((np.mean(losses), val_loss, grad_norm))
        if bad or diverged(val_loss, first):
            return Trained(np.array(records), True, params, best_epoch, best)
        if best_epoch is None or val_loss < records[best_epoch][1]:
            best_epoch, best = epoch, {name: value.copy() for name, value in params.items()}
    return Trained(np.array(records), False, params, best_epoch, best)
