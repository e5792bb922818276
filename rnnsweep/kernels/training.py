"""Epochs of training and evaluation: the calls that a trial makes, each without the GIL.

A call runs many epochs: a dispatch with its arguments costs microseconds and holds the GIL.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..vocabulary import GRADIENTS
from .activations import activate
from .block import gather_targets, make_block
from .dropout import NONE, Dropout
from .flags import ELEMENTWISE, PART, Array
from .layers import backward, forward
from .loops import clear, copy
from .losses import sum_of_losses
from .notebook import recurrent_gradient, spread_last_slope
from .optimizers import clip, clip_by_value, norm, update
from .probe import look
from .readout import read_states, readout, readout_gradients

NOTEBOOK = GRADIENTS["notebook"].code

# A loss this many times the loss before the first update counts as diverged, as one that is
# not finite does.
DIVERGENCE_FACTOR = 1e6

# What `train_epochs` returns.
FINISHED, DIVERGED, INTERRUPTED, SOLVED, STOPPED = range(5)

# Places in `Learner.counts` and `Learner.losses`, which outlive a call.
N_UPDATES, N_SEQUENCES, BEST_EPOCH = range(3)
FIRST_LOSS, BEST_VAL_LOSS = range(2)

# Columns of the records that `train_epochs` writes.
TRAIN_LOSS, VAL_LOSS, GRAD_NORM, ACCURACY, SHARE_CLIPPED = range(5)
N_COLUMNS = 5


class Network(NamedTuple):
    """Codes of a network's words."""

    activation: int
    output_activation: int
    every: bool  # outputs at every time step


class Objective(NamedTuple):
    """What is minimised, and how its gradient is taken."""

    loss: int = 0
    huber_delta: float = 1.0
    gradient: int = 0
    window: int = 0  # time steps of a truncated gradient, else 0


class Rule(NamedTuple):
    """The training rule of a trial; what is 0 is off."""

    batch_size: int
    optimizer: int = 0
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float = 0.0
    clip_value: float = 0.0
    warmup_updates: int = 0
    stateful: bool = False
    dropout: float = 0.0
    dropout_key: int = 0
    patience: int = 0
    val_loss_below: float = 0.0
    accuracy_above: float = 0.0
    max_updates: int = 0


class Learner(NamedTuple):
    """What training changes: flat vectors of one layout, and two small records."""

    params: Array  # (P,)
    grads: Array  # (P,)
    first: Array  # (P,): momentum, or Adam's first moment
    second: Array  # (P,): the second moment
    best: Array  # (P,): the params at the best epoch
    counts: NDArray[np.int64]  # N_UPDATES, N_SEQUENCES, BEST_EPOCH (-1: none yet)
    losses: NDArray[np.float64]  # FIRST_LOSS (NaN: none yet), BEST_VAL_LOSS (inf)


@njit(**PART)
def run_network(weights, network, data, order, dropout, goes_on, work):
    """Return the block of the sequences named by `order`, and the output layer's sums.

    The sums are (rows, O): a row for each time step of the block, or for each sequence. Where
    `goes_on`, the states that `keep_states` kept are the initial ones.
    """
    block = make_block(weights, data, order, work)
    start_states(block, goes_on, work.carried)
    forward(weights, network.activation, block, dropout, work)
    hs = read_states(block, network.every)
    n_output = weights.W_hy.shape[1]
    ys = work.ys[: hs.shape[0] * n_output].reshape((hs.shape[0], n_output))
    readout(weights, hs, ys)
    return block, ys


@njit(**ELEMENTWISE)
def start_states(block, goes_on, carried):
    """Set the initial states of a block: 0, or the states that were kept."""
    n_hidden = block.states.shape[2]
    size = block.n_batch * n_hidden
    for index in range(block.states.shape[0]):
        states = block.states[index].reshape(block.states.shape[1] * n_hidden)
        cells = block.cells[index].reshape(block.cells.shape[1] * n_hidden)
        if goes_on:
            copy(carried[0, index].reshape(carried.shape[2] * n_hidden)[:size], states)
            if cells.size > 0:
                copy(carried[1, index].reshape(carried.shape[2] * n_hidden)[:size], cells)
        else:
            clear(states[:size])
            clear(cells[: min(cells.size, size)])


@njit(**ELEMENTWISE)
def keep_states(block, carried):
    """Keep the states at the end of a block of sequences of one length."""
    at = block.states.shape[1] - block.n_batch
    for index in range(block.states.shape[0]):
        for b in range(block.n_batch):
            copy(block.states[index, at + b], carried[0, index, b])
            if block.cells.shape[1] > 0:
                copy(block.cells[index, at + b], carried[1, index, b])


@njit(**PART)
def run_forward(weights, network, objective, data, order, dropout, goes_on, work):
    """Return the block of the sequences named by `order`, its loss, and what that counts.

    The sum of the losses, the number of outputs that were right, and the number of elements of
    the sum. Leaves in `work` what the gradients need.
    """
    block, ys = run_network(weights, network, data, order, dropout, goes_on, work)
    width = data.y.shape[2]
    targets = work.y[: ys.shape[0] * width].reshape((ys.shape[0], width))
    gather_targets(data, block, targets)
    total, right = sum_of_losses(
        objective.loss,
        objective.huber_delta,
        network.output_activation,
        ys,
        targets,
        work.dys[: ys.size].reshape(ys.shape),
    )
    return block, total, right, targets.size


@njit(**PART)
def run_backward(weights, gradients, network, objective, block, dropout, n_counted, work):
    """Write the gradients of the block's mean loss, after `run_forward` on the same block."""
    n_output = weights.W_hy.shape[1]
    hs = read_states(block, True) if network.every else block.last
    dys = work.dys[: hs.shape[0] * n_output]
    scale = dys.dtype.type(1.0 / n_counted)
    for k in range(dys.size):
        dys[k] *= scale
    if objective.gradient == NOTEBOOK:
        spread_last_slope(network.activation, block, work)
    readout_gradients(weights, hs, dys.reshape((hs.shape[0], n_output)), gradients, work)
    backward(weights, gradients, block, network.every, objective.window, dropout, work)
    if objective.gradient == NOTEBOOK:
        recurrent_gradient(block, gradients, work)


@njit(**ELEMENTWISE)
def predict(weights, network, data, order, work, outputs):
    """Write the outputs (N, n_out, O) of every sequence; those past an end are left alone.

    `order` (N,) holds the numbers from 0.
    """
    n_sequences = outputs.shape[0]
    capacity = work.sorted.size
    for start in range(0, n_sequences, capacity):
        part = order[start : min(start + capacity, n_sequences)]
        block, ys = run_network(weights, network, data, part, NONE, False, work)
        values = work.dys[: ys.size].reshape(ys.shape)
        activate(network.output_activation, ys.reshape(ys.size), values.reshape(ys.size))
        for b in range(part.size):
            sequence = outputs[block.order[b]]
            if network.every:
                for t in range(data.lengths[block.order[b]]):
                    copy(values[block.starts[t] + b], sequence[t])
            else:
                copy(values[b], sequence[0])


@njit(**ELEMENTWISE)
def loss_and_gradients(
    weights, gradients, network, objective, data, order, slope_gate, largest_slope, work, dead
):
    """Return the mean loss of `data`, taken as one batch, and write its gradients.

    Where `dead` (L, H) is not empty, the second value is what `probe.look` returns, and
    ``work.flow``, if it is not empty, gets the squared norms of dL/dh.
    """
    block, total, _, n_counted = run_forward(
        weights, network, objective, data, order, NONE, False, work
    )
    saturated = np.nan
    if dead.size > 0:
        saturated = look(block, slope_gate, largest_slope, dead)
    clear(work.flow)
    run_backward(weights, gradients, network, objective, block, NONE, n_counted, work)
    return total / n_counted, saturated


@njit(**ELEMENTWISE)
def evaluate(weights, network, objective, data, order, block_size, stateful, work, stop):
    """Return the mean loss and the share of right outputs of a part of the data.

    The sequences are taken in `order`, `block_size` at a time. NaN where another thread sets
    ``stop[0]`` before the end.
    """
    total, right, n_counted = 0.0, 0, 0
    for start in range(0, order.size, block_size):
        if stop[0] != 0:
            return np.nan, np.nan
        part = order[start : min(start + block_size, order.size)]
        goes_on = stateful and start > 0
        block, loss, hits, counted = run_forward(
            weights, network, objective, data, part, NONE, goes_on, work
        )
        if stateful:
            keep_states(block, work.carried)
        total += loss
        right += hits
        n_counted += counted
    return total / n_counted, right / n_counted


@njit(**PART)
def has_diverged(loss, first_loss):
    """Whether a loss is not finite or far above the one before the first update."""
    return not np.isfinite(loss) or (first_loss > 0.0 and loss > DIVERGENCE_FACTOR * first_loss)


@njit(**PART)
def train_batch(
    weights, gradients, learner, network, objective, rule, train, order, goes_on, rate, work
):
    """Make one update; return the sum of the losses and its number of elements.

    Then the gradient's norm, -1 where the loss diverged and nothing was updated, and whether the
    gradient was clipped. Where `goes_on`, the states go on from the update before.
    """
    number = learner.counts[N_UPDATES] + 1
    dropout = Dropout(rule.dropout, rule.dropout_key, number)
    block, total, _, n_counted = run_forward(
        weights, network, objective, train, order, dropout, goes_on, work
    )
    if rule.stateful:
        keep_states(block, work.carried)
    batch_loss = total / n_counted
    if np.isnan(learner.losses[FIRST_LOSS]):
        learner.losses[FIRST_LOSS] = batch_loss
    if has_diverged(batch_loss, learner.losses[FIRST_LOSS]):
        return total, n_counted, -1.0, False
    run_backward(weights, gradients, network, objective, block, dropout, n_counted, work)
    grad_norm = norm(learner.grads)
    clipped = False
    if rule.clip_norm > 0.0:
        clipped = clip(learner.grads, grad_norm, rule.clip_norm)
    if rule.clip_value > 0.0:
        clipped = clip_by_value(learner.grads, rule.clip_value)
    if number < rule.warmup_updates:
        rate *= number / rule.warmup_updates
    learner.counts[N_UPDATES] = number
    learner.counts[N_SEQUENCES] += order.size
    update(rule, learner.params, learner.grads, learner.first, learner.second, number, rate)
    return total, n_counted, grad_norm, clipped


@njit(**ELEMENTWISE)
def train_epochs(
    weights,
    gradients,
    learner,
    network,
    objective,
    rule,
    train,
    val,
    orders,
    val_order,
    val_block,
    rates,
    first_epoch,
    work,
    records,
    stop,
):
    """Train for as many epochs as `orders` (n_epochs, N) has rows, with their learning `rates`.

    The validation part is measured in `val_order`, `val_block` sequences at a time. Returns why
    it ended, and the number of epochs with a row of records.

    Writes a row of `records` (n_epochs, N_COLUMNS) an epoch, the one that diverged included:
    there the means are over the updates and sequences so far, and what was not measured is NaN.
    `learner` and `work` are modified in place; so are `weights` and `gradients`, which are views
    into the learner's vectors. Another thread ends the call between two updates by setting
    ``stop[0]``.
    """
    n_sequences = orders.shape[1]
    for e in range(orders.shape[0]):
        train_total, norm_total = 0.0, 0.0
        n_counted, n_steps, n_clipped = 0, 0, 0
        diverged, enough = False, False
        for start in range(0, n_sequences, rule.batch_size):
            if stop[0] != 0:
                return INTERRUPTED, e
            if enough:
                break
            order = orders[e, start : min(start + rule.batch_size, n_sequences)]
            goes_on = rule.stateful and start > 0
            total, counted, grad_norm, clipped = train_batch(
                weights,
                gradients,
                learner,
                network,
                objective,
                rule,
                train,
                order,
                goes_on,
                rates[e],
                work,
            )
            train_total += total
            n_counted += counted
            if grad_norm < 0.0:
                diverged = True
                break
            norm_total += grad_norm
            n_steps += 1
            n_clipped += clipped
            enough = learner.counts[N_UPDATES] == rule.max_updates
        for column in range(N_COLUMNS):
            records[e, column] = np.nan
        records[e, TRAIN_LOSS] = train_total / n_counted
        if n_steps > 0:
            records[e, GRAD_NORM] = norm_total / n_steps
            records[e, SHARE_CLIPPED] = n_clipped / n_steps
        if diverged:
            return DIVERGED, e + 1
        val_loss, accuracy = evaluate(
            weights, network, objective, val, val_order, val_block, rule.stateful, work, stop
        )
        if stop[0] != 0:
            return INTERRUPTED, e
        records[e, VAL_LOSS] = val_loss
        records[e, ACCURACY] = accuracy
        if has_diverged(val_loss, learner.losses[FIRST_LOSS]):
            return DIVERGED, e + 1
        epoch = first_epoch + e
        if val_loss < learner.losses[BEST_VAL_LOSS]:
            learner.losses[BEST_VAL_LOSS] = val_loss
            learner.counts[BEST_EPOCH] = epoch
            copy(learner.params, learner.best)
        if val_loss < rule.val_loss_below or (
            rule.accuracy_above > 0.0 and accuracy > rule.accuracy_above
        ):
            return SOLVED, e + 1
        if enough or 0 < rule.patience <= epoch - learner.counts[BEST_EPOCH]:
            return STOPPED, e + 1
    return FINISHED, orders.shape[0]
