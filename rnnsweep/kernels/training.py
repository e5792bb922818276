"""Epochs of training and evaluation: the kernels that a trial calls. They run without the GIL.

One call runs many epochs, because starting a call with its arguments takes microseconds and the
GIL. Every entry flushes subnormal numbers to zero until it returns.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .apart import call
from .arrays import (
    BoolMatrix,
    DoubleMatrix,
    DoubleVector,
    IntMatrix,
    IntVector,
    RealTensor,
    RealVector,
)
from .block import (
    COUNTED,
    DYS,
    MEAN_LOSS,
    N_BATCH,
    RIGHT,
    SHARE_RIGHT,
    TOTAL,
    YS,
    Sequences,
    Work,
    output_rows,
)
from .constraints import Constraint
from .draws import NONE, Draws
from .entries import entry
from .flags import INLINED, UNCACHED
from .layers import Network, Objective
from .loops import clear, copy
from .optimizers import add_penalties, clip, clip_by_value, norm
from .probe import look
from .subnormals import flush_subnormals, restore_mode
from .views import flat, flat_at
from .weights import Weights

# A loss this many times the reference counts as diverged, as one that is not finite does. The
# reference is the larger of two losses that no single batch can make small: that of the whole
# training part before the first update, and the baseline.
DIVERGENCE_FACTOR = 1e6

# Why `train_epochs` ended.
FINISHED, DIVERGED, INTERRUPTED, SOLVED, STOPPED = range(5)

# Places in `Learner.counts` and `Learner.losses`, which outlive a call.
N_UPDATES, N_SEQUENCES, BEST_EPOCH = range(3)
REFERENCE, BEST_VAL_LOSS = range(2)

# Columns of the records that `train_epochs` writes.
TRAIN_LOSS, VAL_LOSS, GRAD_NORM, ACCURACY, SHARE_CLIPPED = range(5)
N_COLUMNS = 5


class Rule(NamedTuple):
    """How a trial trains; 0 switches a setting off."""

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
    drop_key: int = 0
    noise: int = 0  # address
    noise_key: int = 0
    patience: int = 0
    val_loss_below: float = 0.0
    accuracy_above: float = 0.0
    max_updates: int = 0
    baseline: float = 0.0  # the loss of a trivial predictor, for the reference


class Learner(NamedTuple):
    """What training changes: flat vectors of what is learned, and two small records."""

    params: RealVector  # (P,)
    grads: RealVector  # (P,)
    first: RealVector  # (P,): momentum, or Adam's first moment
    second: RealVector  # (P,): the second moment
    best: RealVector  # (P,): the params at the best epoch
    counts: IntVector  # N_UPDATES, N_SEQUENCES, BEST_EPOCH (-1: none yet)
    losses: DoubleVector  # REFERENCE (NaN: none yet), BEST_VAL_LOSS (inf)


@entry
def predict(
    weights: Weights,
    network: Network,
    data: Sequences,
    order: IntVector,
    work: Work,
    outputs: RealTensor,
) -> None:
    """Write the outputs (N, n_out, O) of every sequence, but none past a sequence's end.

    `order` (N,) has the numbers from 0 to N - 1.
    """
    mode = flush_subnormals()
    n_out, n_output = outputs.shape[1], outputs.shape[2]
    no_loss = Objective(0, 1.0, 0, 0, 0, 0, 0, 0)
    for start in range(0, order.size, work.sorted.size):
        part = flat(order, start, min(work.sorted.size, order.size - start))
        arguments = (weights, network, no_loss, data, part, NONE, False, False, work)
        call(network.forward, arguments)
        size = output_rows(network.every, work) * n_output
        values = flat_at(work.memory, work.at, DYS, 0, size)
        call(network.activate_output, (flat_at(work.memory, work.at, YS, 0, size), values))
        for b in range(work.shape[N_BATCH]):
            sequence = work.sorted[b]
            for t in range(data.lengths[sequence] if network.every else 1):
                row = work.starts[t] + b if network.every else b
                copy(
                    flat(values, row * n_output, n_output),
                    flat(outputs, (sequence * n_out + t) * n_output, n_output),
                )
    restore_mode(mode)


@entry
def loss_and_gradients(
    weights: Weights,
    gradients: Weights,
    network: Network,
    objective: Objective,
    data: Sequences,
    order: IntVector,
    largest: DoubleVector,
    is_act: IntVector,
    work: Work,
    dead: BoolMatrix,
) -> tuple[float, float]:
    """Return the mean loss of `data`, taken as one batch, and write its gradients.

    Where `dead` (L, H) is not empty, the second value is what `probe.look` returns.
    """
    mode = flush_subnormals()
    call(network.forward, (weights, network, objective, data, order, NONE, False, False, work))
    saturated = np.nan
    if dead.size > 0:
        saturated = look(weights, network, work, largest, is_act, dead)
    clear(work.flow)
    call(network.backward, (weights, gradients, network, objective, NONE, work))
    restore_mode(mode)
    return work.sums[TOTAL] / work.sums[COUNTED], saturated


@entry
def evaluate(
    weights: Weights,
    network: Network,
    objective: Objective,
    data: Sequences,
    order: IntVector,
    block_size: int,
    stateful: bool,
    work: Work,
    stop: IntVector,
) -> None:
    """Write the mean loss and the share of right outputs of a part of the data to `work.sums`.

    The sequences run in `order`, `block_size` at a time. Both are NaN if another thread sets
    ``stop[0]`` before the end.
    """
    mode = flush_subnormals()
    take_mean(weights, network, objective, data, order, block_size, stateful, work, stop)
    restore_mode(mode)


@njit(**INLINED)
def take_mean(weights, network, objective, data, order, block_size, stateful, work, stop):
    """Do what `evaluate` does, in a kernel that already flushes subnormal numbers."""
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
def has_diverged(loss, reference):
    """Return whether a loss is not finite, or far above a positive reference."""
    return not np.isfinite(loss) or (reference > 0.0 and loss > DIVERGENCE_FACTOR * reference)


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


@njit(**UNCACHED)
def measure_reference(weights, learner, network, objective, rule, train, order, work, stop):
    """Measure the loss that decides on divergence, unless that was done in an earlier call.

    `order` (N,) has every sequence of the training part once.
    """
    if not np.isnan(learner.losses[REFERENCE]):
        return
    size = min(rule.batch_size, order.size) if rule.stateful else work.sorted.size
    take_mean(weights, network, objective, train, order, size, rule.stateful, work, stop)
    reference = work.sums[MEAN_LOSS]
    # If it is NaN, a batch shows the same; the comparison with NaN is false.
    learner.losses[REFERENCE] = rule.baseline if rule.baseline > reference else reference


@njit(**INLINED)
def train_epoch(
    weights, gradients, learner, constraint, network, objective, rule, train, order, rate, work,
    record, stop,
):  # fmt: skip
    """Make the updates of one epoch, over the training sequences in `order` (N,).

    Writes means over the epoch's updates and sequences into `record` (N_COLUMNS,); if the training
    diverges, over those so far. Returns INTERRUPTED, DIVERGED, FINISHED, or STOPPED after the last
    update that the rule allows.
    """
    train_total, norm_total, n_counted = 0.0, 0.0, 0.0
    n_steps, n_clipped = 0, 0
    end = FINISHED
    for start in range(0, order.size, rule.batch_size):
        if stop[0] != 0:
            return INTERRUPTED
        part = flat(order, start, min(rule.batch_size, order.size - start))
        goes_on = rule.stateful and start > 0
        number = learner.counts[N_UPDATES] + 1
        draws = Draws(number, rule.drop, rule.dropout, rule.drop_key, rule.noise, rule.noise_key)
        arguments = (
            weights, network, objective, train, part, draws, goes_on, rule.stateful, work,
        )  # fmt: skip
        call(network.forward if part.size > 1 else network.forward_one, arguments)
        train_total += work.sums[TOTAL]
        n_counted += work.sums[COUNTED]
        if has_diverged(work.sums[TOTAL] / work.sums[COUNTED], learner.losses[REFERENCE]):
            end = DIVERGED
            break
        update = (weights, gradients, network, objective, draws, work)
        call(network.backward if part.size > 1 else network.backward_one, update)
        if constraint.pull_back != 0:
            vectors = weights.values, learner.params, gradients.values, learner.grads
            call(constraint.pull_back, (*vectors, constraint))
        grad_norm, clipped = change_params(learner, rule, rate)
        if constraint.constrain != 0:
            call(constraint.constrain, (learner.params, weights.values, constraint))
        learner.counts[N_SEQUENCES] += part.size
        norm_total += grad_norm
        n_steps += 1
        n_clipped += clipped
        if number == rule.max_updates:
            end = STOPPED
            break
    record[TRAIN_LOSS] = train_total / n_counted
    if n_steps > 0:
        record[GRAD_NORM] = norm_total / n_steps
        record[SHARE_CLIPPED] = n_clipped / n_steps
    return end


@njit(**INLINED)
def take_validation(learner, rule, epoch, record):
    """Keep the params if their loss in `record` is the lowest; return whether and why to end."""
    val_loss = record[VAL_LOSS]
    if has_diverged(val_loss, learner.losses[REFERENCE]):
        return DIVERGED
    if val_loss < learner.losses[BEST_VAL_LOSS]:
        learner.losses[BEST_VAL_LOSS] = val_loss
        learner.counts[BEST_EPOCH] = epoch
        copy(learner.params, learner.best)
    if val_loss < rule.val_loss_below or (
        rule.accuracy_above > 0.0 and record[ACCURACY] > rule.accuracy_above
    ):
        return SOLVED
    if 0 < rule.patience <= epoch - learner.counts[BEST_EPOCH]:
        return STOPPED
    return FINISHED


@entry
def train_epochs(
    weights: Weights,
    gradients: Weights,
    learner: Learner,
    constraint: Constraint,
    network: Network,
    objective: Objective,
    rule: Rule,
    train: Sequences,
    val: Sequences,
    orders: IntMatrix,
    val_order: IntVector,
    val_block: int,
    rates: DoubleVector,
    first_epoch: int,
    work: Work,
    records: DoubleMatrix,
    stop: IntVector,
) -> tuple[int, int]:
    """Train for as many epochs as `orders` (n_epochs, N) has rows, with their learning `rates`.

    The validation part is measured in `val_order`, `val_block` sequences at a time. Returns why
    the call ended, and the number of epochs that have a row of records.

    Writes one row of `records` (n_epochs, N_COLUMNS) for each epoch. In the row of an epoch that
    diverged, means are over the updates and sequences so far, and what was not measured is NaN.
    `learner`, `weights`, `gradients` and `work` are modified in place. Without a constraint
    `weights` and `gradients` are views of the learner's vectors, else of the effective ones.
    Another thread ends the call between two updates by setting ``stop[0]``.
    """
    mode = flush_subnormals()
    n_sequences = orders.shape[1]
    first_order = flat(orders, 0, n_sequences)
    measure_reference(weights, learner, network, objective, rule, train, first_order, work, stop)
    end, n_epochs = FINISHED, 0
    while end == FINISHED and n_epochs < orders.shape[0]:
        order = flat(orders, n_epochs * n_sequences, n_sequences)
        record = flat(records, n_epochs * N_COLUMNS, N_COLUMNS)
        for column in range(N_COLUMNS):
            record[column] = np.nan
        rate = rates[n_epochs]
        end = train_epoch(
            weights, gradients, learner, constraint, network, objective, rule, train, order, rate,
            work, record, stop,
        )  # fmt: skip
        if end in (FINISHED, STOPPED):
            take_mean(
                weights, network, objective, val, val_order, val_block, rule.stateful, work, stop
            )
            record[VAL_LOSS] = work.sums[MEAN_LOSS]
            record[ACCURACY] = work.sums[SHARE_RIGHT]
            after = take_validation(learner, rule, first_epoch + n_epochs, record)
            if stop[0] != 0:
                end = INTERRUPTED
            elif after != FINISHED:
                end = after
        if end != INTERRUPTED:
            n_epochs += 1
    restore_mode(mode)
    return end, n_epochs
