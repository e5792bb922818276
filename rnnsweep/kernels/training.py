"""Epochs of training and evaluation: the calls that a trial makes, each without the GIL.

A call runs many epochs: a dispatch with its arguments costs microseconds and holds the GIL.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .apart import call
from .block import (
    COUNTED,
    DYS,
    MEAN_LOSS,
    N_BATCH,
    RIGHT,
    SHARE_RIGHT,
    TOTAL,
    YS,
    output_rows,
)
from .dropout import NONE, Dropout
from .flags import ENTRY, UNCACHED, Array
from .layers import Objective
from .loops import clear, copy
from .optimizers import add_penalties, clip, clip_by_value, norm
from .probe import look
from .views import flat

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


class Rule(NamedTuple):
    """The training rule of a trial; what is 0 is off."""

    batch_size: int
    update: int  # address
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float = 0.0
    clip_value: float = 0.0
    warmup_updates: int = 0
    stateful: bool = False
    drop: int = 0  # address
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


@njit(**ENTRY)
def predict(weights, network, data, order, work, outputs):
    """Write the outputs (N, n_out, O) of every sequence; those past an end are left alone.

    `order` (N,) holds the numbers from 0.
    """
    n_out, n_output = outputs.shape[1], outputs.shape[2]
    no_loss = Objective(0, 1.0, 0, 0, 0, 0)
    for start in range(0, order.size, work.sorted.size):
        part = flat(order, start, min(work.sorted.size, order.size - start))
        arguments = (weights, network, no_loss, data, part, NONE, False, False, work)
        call(network.forward, arguments)
        size = output_rows(network.every, work) * n_output
        values = flat(work.memory, work.at[DYS], size)
        call(network.activate_output, (flat(work.memory, work.at[YS], size), values))
        for b in range(work.shape[N_BATCH]):
            sequence = work.sorted[b]
            for t in range(data.lengths[sequence] if network.every else 1):
                row = work.starts[t] + b if network.every else b
                copy(
                    flat(values, row * n_output, n_output),
                    flat(outputs, (sequence * n_out + t) * n_output, n_output),
                )


@njit(**ENTRY)
def loss_and_gradients(
    weights, gradients, network, objective, data, order, slope_gate, largest_slope, work, dead
):
    """Return the mean loss of `data`, taken as one batch, and write its gradients.

    Where `dead` (L, H) is not empty, the second value is what `probe.look` returns.
    """
    call(network.forward, (weights, network, objective, data, order, NONE, False, False, work))
    saturated = np.nan
    if dead.size > 0:
        saturated = look(weights, work, slope_gate, largest_slope, dead)
    clear(work.flow)
    call(network.backward, (weights, gradients, network, objective, NONE, work))
    return work.sums[TOTAL] / work.sums[COUNTED], saturated


@njit(**ENTRY)
def evaluate(weights, network, objective, data, order, block_size, stateful, work, stop):
    """Measure the mean loss and the share of right outputs of a part of the data.

    They go to `work.sums`. The sequences are taken in `order`, `block_size` at a time. NaN where
    another thread sets ``stop[0]`` before the end.
    """
    total, right, n_counted = 0.0, 0.0, 0.0
    for start in range(0, order.size, block_size):
        if stop[0] != 0:
            n_counted = np.nan
            break
        part = flat(order, start, min(block_size, order.size - start))
        goes_on = stateful and start > 0
        arguments = (weights, network, objective, data, part, NONE, goes_on, stateful, work)
        call(network.forward if part.size > 1 else network.forward_one, arguments)
        total += work.sums[TOTAL]
        right += work.sums[RIGHT]
        n_counted += work.sums[COUNTED]
    work.sums[MEAN_LOSS] = total / n_counted
    work.sums[SHARE_RIGHT] = right / n_counted


@njit(**UNCACHED)
def has_diverged(loss, first_loss):
    """Whether a loss is not finite or far above the one before the first update."""
    return not np.isfinite(loss) or (first_loss > 0.0 and loss > DIVERGENCE_FACTOR * first_loss)


@njit(**UNCACHED)
def change_params(learner, rule, rate):
    """Make one update from the gradients; return their norm and whether they were clipped."""
    number = learner.counts[N_UPDATES] + 1
    grad_norm = norm(learner.grads)
    clipped = False
    if rule.clip_norm > 0.0:
        clipped = clip(learner.grads, grad_norm, rule.clip_norm)
    if rule.clip_value > 0.0:
        clipped = clip_by_value(learner.grads, rule.clip_value)
    if rule.l1 != 0.0 or rule.l2 != 0.0:
        add_penalties(learner.params, learner.grads, rule.l1, rule.l2)
    if number < rule.warmup_updates:
        rate *= number / rule.warmup_updates
    learner.counts[N_UPDATES] = number
    call(
        rule.update,
        (
            learner.params,
            learner.grads,
            learner.first,
            learner.second,
            number,
            rate,
            rule.momentum,
            rule.nesterov,
            rule.weight_decay,
        ),
    )
    return grad_norm, clipped


@njit(**ENTRY)
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
    `learner` and `work` are modified in place; `weights` and `gradients` hold the learner's
    vectors. Another thread ends the call between two updates by setting ``stop[0]``.
    """
    n_sequences = orders.shape[1]
    for e in range(orders.shape[0]):
        train_total, norm_total, n_counted = 0.0, 0.0, 0.0
        n_steps, n_clipped = 0, 0
        diverged, enough = False, False
        for start in range(0, n_sequences, rule.batch_size):
            if stop[0] != 0:
                return INTERRUPTED, e
            if enough:
                break
            n_batch = min(rule.batch_size, n_sequences - start)
            order = flat(orders, e * n_sequences + start, n_batch)
            goes_on = rule.stateful and start > 0
            number = learner.counts[N_UPDATES] + 1
            dropout = Dropout(rule.drop, rule.dropout, rule.dropout_key, number)
            arguments = (
                weights, network, objective, train, order, dropout, goes_on, rule.stateful, work,
            )  # fmt: skip
            call(network.forward if n_batch > 1 else network.forward_one, arguments)
            batch_loss = work.sums[TOTAL] / work.sums[COUNTED]
            train_total += work.sums[TOTAL]
            n_counted += work.sums[COUNTED]
            if np.isnan(learner.losses[FIRST_LOSS]):
                learner.losses[FIRST_LOSS] = batch_loss
            diverged = has_diverged(batch_loss, learner.losses[FIRST_LOSS])
            if diverged:
                break
            update = (weights, gradients, network, objective, dropout, work)
            call(network.backward if n_batch > 1 else network.backward_one, update)
            grad_norm, clipped = change_params(learner, rule, rates[e])
            learner.counts[N_SEQUENCES] += n_batch
            norm_total += grad_norm
            n_steps += 1
            n_clipped += clipped
            enough = number == rule.max_updates
        for column in range(N_COLUMNS):
            records[e, column] = np.nan
        records[e, TRAIN_LOSS] = train_total / n_counted
        if n_steps > 0:
            records[e, GRAD_NORM] = norm_total / n_steps
            records[e, SHARE_CLIPPED] = n_clipped / n_steps
        if diverged:
            return DIVERGED, e + 1
        arguments = (
            weights, network, objective, val, val_order, val_block, rule.stateful, work, stop,
        )  # fmt: skip
        evaluate(*arguments)
        if stop[0] != 0:
            return INTERRUPTED, e
        val_loss, accuracy = work.sums[MEAN_LOSS], work.sums[SHARE_RIGHT]
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
