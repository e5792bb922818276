"""The slow twin of training, on top of `naive`: update rules, schedules, streams, and epochs."""

from typing import NamedTuple

import numpy as np
from naive import as_float64, run_batch


class Rule(NamedTuple):
    loss: str = "mse"
    gradient: str = "bptt"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    momentum: float = 0.0
    clip_norm: float = 0.0
    batch_size: int = 32
    nesterov: bool = False
    weight_decay: float = 0.01
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float = 0.0
    schedule: str = "constant"
    decay: float = 1.0
    decay_every: int = 1
    warmup_updates: int = 0
    truncation: int = 0
    huber_delta: float = 1.0
    stateful: bool = False


def norm(grads):
    return np.sqrt(sum(np.sum(grad**2) for grad in grads.values()))


def clip(grads, max_norm):
    """Return the gradients scaled by min(1, max_norm / (norm + 1e-6))."""
    factor = min(1.0, max_norm / (norm(grads) + 1e-6))
    return {name: factor * grad for name, grad in grads.items()}


def clip_by_value(grads, limit):
    return {name: np.clip(grad, -limit, limit) for name, grad in grads.items()}


def rate_of_epoch(rule, epoch, n_epochs):
    rate = rule.learning_rate
    if rule.schedule == "cosine":
        return rate * (1 + np.cos(np.pi * epoch / n_epochs)) / 2
    for e in range(1, epoch + 1):
        if rule.schedule == "exponential" or (
            rule.schedule == "step" and e % rule.decay_every == 0
        ):
            rate *= rule.decay
    return rate


class Optimizer:
    """The update rules, a parameter array at a time, from their papers and PyTorch's pages."""

    def __init__(self, rule, params):
        self.rule = rule
        self.m = {name: np.zeros_like(value) for name, value in params.items()}
        self.v = {name: np.zeros_like(value) for name, value in params.items()}
        self.n = 0

    def update(self, params, grads, learning_rate):
        """Modify `params` in place; the rate is the epoch's, before warm-up."""
        rule = self.rule
        self.n += 1
        if rule.warmup_updates > 0:
            learning_rate *= min(1.0, self.n / rule.warmup_updates)
        for name, grad in grads.items():
            w = params[name]
            step = self.direction(name, grad + rule.l1 * np.sign(w) + rule.l2 * w)
            if rule.optimizer == "adamw":
                step = step + rule.weight_decay * w
            params[name] -= learning_rate * step

    def direction(self, name, grad):
        m, v, n = self.m, self.v, self.n
        if self.rule.optimizer == "sgd":
            m[name] = self.rule.momentum * m[name] + grad
            return grad + self.rule.momentum * m[name] if self.rule.nesterov else m[name]
        if self.rule.optimizer in ("adam", "adamw"):
            m[name] = 0.9 * m[name] + 0.1 * grad
            v[name] = 0.999 * v[name] + 0.001 * grad**2
            return m[name] / (1 - 0.9**n) / (np.sqrt(v[name] / (1 - 0.999**n)) + 1e-8)
        if self.rule.optimizer == "adagrad":
            v[name] = v[name] + grad**2
            return grad / (np.sqrt(v[name]) + 1e-10)
        if self.rule.optimizer == "rmsprop":
            v[name] = 0.99 * v[name] + 0.01 * grad**2
            return grad / (np.sqrt(v[name]) + 1e-8)
        raise NotImplementedError(f"no twin of the optimizer {self.rule.optimizer}")


def diverged(value, reference):
    return not np.isfinite(value) or (reference > 0 and value > 1e6 * reference)


def lanes(n_sequences, batch_size):
    """Return the updates of an epoch over a stream: the window of every lane, None at its end.

    A lane gets consecutive windows; the first lanes have one more where they do not come out
    even.
    """
    n_lanes = min(batch_size, n_sequences)
    each, more = divmod(n_sequences, n_lanes)
    runs, start = [], 0
    for lane in range(n_lanes):
        size = each + (lane < more)
        runs.append(list(range(start, start + size)))
        start += size
    return [[windows[u] for windows in runs if u < len(windows)] for u in range(len(runs[0]))]


class Part(NamedTuple):
    x: np.ndarray
    target: np.ndarray
    lengths: np.ndarray | None = None

    def batch(self, order):
        lengths = None if self.lengths is None else self.lengths[order]
        return (self.x[order], self.target[order]), {"lengths": lengths}


def updates(rule, order):
    """Return the sequences of each update of an epoch."""
    if rule.stateful:
        return lanes(len(order), rule.batch_size)
    n = rule.batch_size
    return [order[start : start + n] for start in range(0, len(order), n)]


def evaluate(network, rule, params, part):
    """Return the mean loss over a part; a stream is run in lanes, as it is in training."""
    total, n, states = 0.0, 0, None
    for batch in updates(rule, np.arange(len(part.x))):
        arrays, lengths = part.batch(batch)
        states = states[: len(batch)] if states else None
        done = run_batch(
            network,
            params,
            *arrays,
            rule.loss,
            None,
            **lengths,
            huber_delta=rule.huber_delta,
            states=states,
        )
        total, n = total + done.total, n + done.n
        states = done.states if rule.stateful else None
    return total / n


class Trained(NamedTuple):
    """What a training leaves: a row (train_loss, val_loss, grad_norm) an epoch, the params at
    its end and at the epoch of the lowest validation loss."""

    records: np.ndarray
    has_diverged: bool
    params: dict
    best_epoch: int | None
    best: dict | None


def train(network, rule, params, train_part, val_part, orders, baseline=0.0):
    """Train for an epoch an order; the parts are `Part`s or their fields."""
    train_part, val_part = Part(*train_part), Part(*val_part)
    params = {name: value.copy() for name, value in as_float64(params).items()}
    optimizer = Optimizer(rule, params)
    reference = np.fmax(evaluate(network, rule, params, train_part), baseline)
    records, best_epoch, best = [], None, None
    for epoch, order in enumerate(orders):
        rate = rate_of_epoch(rule, epoch, len(orders))
        total, n, norms, bad, states = 0.0, 0, [], False, None
        for batch in updates(rule, order):
            arrays, lengths = train_part.batch(batch)
            done = run_batch(
                network,
                params,
                *arrays,
                rule.loss,
                rule.gradient,
                **lengths,
                truncation=rule.truncation,
                huber_delta=rule.huber_delta,
                states=states[: len(batch)] if states else None,
            )
            states = done.states if rule.stateful else None
            total, n = total + done.total, n + done.n
            value = done.total / done.n
            if diverged(value, reference):
                bad = True
                break
            grads = {name: grad / done.n for name, grad in done.grads.items()}
            norms.append(norm(grads))
            if rule.clip_norm > 0:
                grads = clip(grads, rule.clip_norm)
            if rule.clip_value > 0:
                grads = clip_by_value(grads, rule.clip_value)
            optimizer.update(params, grads, rate)
        grad_norm = np.mean(norms) if norms else np.nan
        val_loss = np.nan if bad else evaluate(network, rule, params, val_part)
        records.append((total / n, val_loss, grad_norm))
        if bad or diverged(val_loss, reference):
            return Trained(np.array(records), True, params, best_epoch, best)
        if best_epoch is None or val_loss < records[best_epoch][1]:
            best_epoch, best = epoch, {name: value.copy() for name, value in params.items()}
    return Trained(np.array(records), False, params, best_epoch, best)
