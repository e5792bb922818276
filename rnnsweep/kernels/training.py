"""Epochs of training and evaluation: the calls that a trial makes, each without the GIL.

A call runs many epochs: a dispatch with its arguments costs microseconds and holds the GIL.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..vocabulary import GRADIENTS
from .activations import activate
from .elman import Scratch, bptt, forward, notebook_rule, readout
from .flags import ELEMENTWISE, PART, Array
from .loops import copy
from .losses import sum_of_losses
from .optimizers import clip, norm, update

BPTT = GRADIENTS["bptt"].code
NOTEBOOK = GRADIENTS["notebook"].code

# A loss this many times the loss before the first update counts as diverged, as one that is
# not finite does.
DIVERGENCE_FACTOR = 1e6

# What `train_epochs` returns.
FINISHED, DIVERGED, INTERRUPTED = 0, 1, 2

# Places in `Learner.counts` and `Learner.losses`, which outlive a call.
N_UPDATES, BEST_EPOCH = 0, 1
FIRST_LOSS, BEST_VAL_LOSS = 0, 1


class Network(NamedTuple):
    """Codes of a network's words."""

    activation: int
    output_activation: int


class Rule(NamedTuple):
    """The training rule of a trial."""

    loss: int
    gradient: int
    optimizer: int
    learning_rate: float
    momentum: float
    clip_norm: float
    batch_size: int


class Sequences(NamedTuple):
    """One part of a task's data."""

    x: Array  # (N, T, I+1), the last column ones
    y: Array  # (N, n_out, O)


class Learner(NamedTuple):
    """What training changes: flat vectors of one layout, and two small records."""

    params: Array  # (P,)
    grads: Array  # (P,)
    first: Array  # (P,): momentum, or Adam's first moment
    second: Array  # (P,): the second moment
    best: Array  # (P,): the params at the best epoch
    counts: NDArray[np.int64]  # N_UPDATES, BEST_EPOCH (-1: none yet)
    losses: NDArray[np.float64]  # FIRST_LOSS (NaN: none yet), BEST_VAL_LOSS (inf)


class Work(NamedTuple):
    """Flat work arrays for blocks of up to `capacity` sequences."""

    x: Array  # (T * capacity * (I+1),)
    y: Array  # (n_out * capacity * O,)
    hs: Array  # ((T+1) * capacity * H,)
    zs: Array  # (T * capacity * H,)
    ys: Array  # (n_out * capacity * O,)
    dys: Array  # (n_out * capacity * O,)
    order: NDArray[np.int64]  # (capacity,)
    scratch: Scratch


@njit(**PART)
def consecutive(start, end, order):
    """Return a view of `order` that holds the numbers from `start`, up to `end` or its size."""
    size = min(order.size, end - start)
    for k in range(size):
        order[k] = start + k
    return order[:size]


@njit(**ELEMENTWISE)
def gather(sequences, order, time_major):
    """Copy the sequences named by `order` from (N, T, K) into (T, B, K), time-major."""
    n_time, n_batch, n_features = time_major.shape
    for b in range(n_batch):
        sequence = sequences[order[b]]
        for t in range(n_time):
            for k in range(n_features):
                time_major[t, b, k] = sequence[t, k]


@njit(**PART)
def run_network(weights, network, x_data, n_out, order, work):
    """Return the output layer's sums (n_out * B * O,) for the sequences named by `order`.

    The sums, inputs, hidden states and slopes stay in `work`.
    """
    n_batch = order.size
    n_time, n_in = x_data.shape[1:]
    n_hidden, n_output = weights.W_hy.shape
    x = work.x[: n_time * n_batch * n_in].reshape((n_time, n_batch, n_in))
    hs = work.hs[: (n_time + 1) * n_batch * n_hidden].reshape((n_time + 1, n_batch, n_hidden))
    zs = work.zs[: n_time * n_batch * n_hidden].reshape((n_time, n_batch, n_hidden))
    gather(x_data, order, x)
    hs[0, :, :] = 0
    forward(weights, network.activation, x, hs, zs)
    ys = work.ys[: n_out * n_batch * n_output]
    readout(weights, hs, n_out, ys.reshape((n_out * n_batch, n_output)))
    return ys


@njit(**ELEMENTWISE)
def run_forward(weights, network, loss, data, order, work):
    """Return the summed loss over the sequences named by `order`.

    Leaves in `work` what the gradients need, with the summed loss's gradient by the output
    layer's sums.
    """
    n_out, n_output = data.y.shape[1:]
    ys = run_network(weights, network, data.x, n_out, order, work)
    y = work.y[: ys.size]
    gather(data.y, order, y.reshape((n_out, order.size, n_output)))
    return sum_of_losses(loss, network.output_activation, ys, y, work.dys[: ys.size])


@njit(**PART)
def run_backward(weights, gradients, network, gradient, data, n_batch, work):
    """Write the gradients of the block's mean loss, after `run_forward` on the same block."""
    n_time, n_in = data.x.shape[1:]
    n_out, n_output = data.y.shape[1:]
    n_hidden = weights.W_hh.shape[0]
    x = work.x[: n_time * n_batch * n_in].reshape((n_time, n_batch, n_in))
    hs = work.hs[: (n_time + 1) * n_batch * n_hidden].reshape((n_time + 1, n_batch, n_hidden))
    zs = work.zs[: n_time * n_batch * n_hidden].reshape((n_time, n_batch, n_hidden))
    dys = work.dys[: n_out * n_batch * n_output]
    scale = dys.dtype.type(1.0 / dys.size)
    for k in range(dys.size):
        dys[k] *= scale
    dy_rows = dys.reshape((n_out * n_batch, n_output))
    if gradient == BPTT:
        bptt(weights, x, hs, zs, dy_rows, n_out, gradients, work.scratch)
    elif gradient == NOTEBOOK:
        notebook_rule(weights, network.activation, x, hs, zs, dy_rows, gradients, work.scratch)


@njit(**ELEMENTWISE)
def predict(weights, network, x_data, work, outputs):
    """Write the outputs (N, n_out, O) of every sequence of `x_data` (N, T, I+1)."""
    n_sequences, n_out, n_output = outputs.shape
    for start in range(0, n_sequences, work.order.size):
        order = consecutive(start, n_sequences, work.order)
        ys = run_network(weights, network, x_data, n_out, order, work)
        values = work.dys[: ys.size]
        activate(network.output_activation, ys, values)
        time_major = values.reshape((n_out, order.size, n_output))
        for b in range(order.size):
            for t in range(n_out):
                copy(time_major[t, b], outputs[start + b, t])


@njit(**ELEMENTWISE)
def loss_and_gradients(weights, gradients, network, loss, gradient, data, work):
    """Return the mean loss of `data`, taken as one batch, and write its gradients."""
    n_sequences = data.x.shape[0]
    order = consecutive(0, n_sequences, work.order)
    total = run_forward(weights, network, loss, data, order, work)
    run_backward(weights, gradients, network, gradient, data, order.size, work)
    return total / data.y.size


@njit(**ELEMENTWISE)
def evaluate(weights, network, loss, data, work, stop):
    """Return the mean loss over all elements of the outputs of a part of the data.

    NaN where another thread sets ``stop[0]`` before the end.
    """
    n_sequences = data.x.shape[0]
    total = 0.0
    for start in range(0, n_sequences, work.order.size):
        if stop[0] != 0:
            return np.nan
        order = consecutive(start, n_sequences, work.order)
        total += run_forward(weights, network, loss, data, order, work)
    return total / data.y.size


@njit(**PART)
def has_diverged(loss, first_loss):
    """Whether a loss is not finite or far above the one before the first update."""
    return not np.isfinite(loss) or (first_loss > 0.0 and loss > DIVERGENCE_FACTOR * first_loss)


@njit(**ELEMENTWISE)
def train_epochs(
    weights,
    gradients,
    learner,
    network,
    rule,
    train,
    val,
    orders,
    first_epoch,
    work,
    records,
    stop,
):
    """Train for as many epochs as `orders` (n_epochs, N) has rows.

    Returns why it ended, and the number of epochs with a row of records.

    Writes a row (mean training loss, validation loss, mean gradient norm) of `records`
    (n_epochs, 3) an epoch, the one that diverged included: there the means are over the updates
    and sequences so far, and what was not measured is NaN. `learner` and `work` are modified in
    place; so are `weights` and `gradients`, which are views into the learner's vectors. Another
    thread ends the call between two updates by setting ``stop[0]``.
    """
    n_sequences = train.x.shape[0]
    per_sequence = 1.0 / (train.y.shape[1] * train.y.shape[2])
    for e in range(orders.shape[0]):
        train_total, norm_total = 0.0, 0.0
        n_seen, n_steps = 0, 0
        diverged = False
        for start in range(0, n_sequences, rule.batch_size):
            if stop[0] != 0:
                return INTERRUPTED, e
            order = orders[e, start : min(start + rule.batch_size, n_sequences)]
            total = run_forward(weights, network, rule.loss, train, order, work) * per_sequence
            train_total += total
            n_seen += order.size
            batch_loss = total / order.size
            if np.isnan(learner.losses[FIRST_LOSS]):
                learner.losses[FIRST_LOSS] = batch_loss
            if has_diverged(batch_loss, learner.losses[FIRST_LOSS]):
                diverged = True
                break
            run_backward(weights, gradients, network, rule.gradient, train, order.size, work)
            grad_norm = norm(learner.grads)
            norm_total += grad_norm
            n_steps += 1
            if rule.clip_norm > 0.0:
                clip(learner.grads, grad_norm, rule.clip_norm)
            learner.counts[N_UPDATES] += 1
            update(
                rule.optimizer,
                learner.params,
                learner.grads,
                learner.first,
                learner.second,
                learner.counts[N_UPDATES],
                rule.learning_rate,
                rule.momentum,
            )
        records[e, 0] = train_total / n_seen
        records[e, 1] = np.nan
        records[e, 2] = norm_total / n_steps if n_steps > 0 else np.nan
        if diverged:
            return DIVERGED, e + 1
        val_loss = evaluate(weights, network, rule.loss, val, work, stop)
        if stop[0] != 0:
            return INTERRUPTED, e
        records[e, 1] = val_loss
        if has_diverged(val_loss, learner.losses[FIRST_LOSS]):
            return DIVERGED, e + 1
        if val_loss < learner.losses[BEST_VAL_LOSS]:
            learner.losses[BEST_VAL_LOSS] = val_loss
            learner.counts[BEST_EPOCH] = first_epoch + e
            copy(learner.params, learner.best)
    return FINISHED, orders.shape[0]
