"""Baselines: the losses of trivial predictors, which a network has to beat."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .parts import Part, Parts, counting
from .scaling import ROUNDING

_Measure = Callable[[Floats, Floats], float]


class PredictorLosses(NamedTuple):
    """The losses of a trivial predictor that was fitted on the training part."""

    name: str
    val: float
    test: float


def predictor_losses(parts: Parts, loss: str, huber_delta: float = 1.0) -> list[PredictorLosses]:
    """Return the losses of each trivial predictor, the best predictor first.

    One predictor is fitted to the training targets: the mean of each output ("mean"); for `mae`
    its median ("median"), for `huber` the constant with the least loss ("constant"), for
    `cross_entropy` the shares of the classes ("frequencies"). The other one, "persistence",
    predicts that the value stays as it is; it is no probability, so that it exists neither for
    `bce` nor for `cross_entropy`. The best predictor is the one with the lowest loss on the
    training part, so that the choice does not depend on the other parts. Time steps past a
    sequence's end, or outside the mask, do not count. A loss that is due to rounding alone, as that
    of the mean of many equal targets may be, is 0.

    Parameters
    ----------
    parts : Parts
    loss : str
        The loss of the network: "mse", "mae", "huber", "bce" or "cross_entropy".
    huber_delta : float
        The error at which `huber` becomes linear.
    """
    if loss == "cross_entropy":
        counts = np.bincount(counted(parts.train).ravel())
        entropies = (_entropy(counts, counted(part).ravel()) for part in (parts.val, parts.test))
        return [PredictorLosses("frequencies", *entropies)]
    measure = _unless_rounding(_measures(huber_delta)[loss], loss)
    targets = [counted(part) for part in parts]
    name, constant = _best_constant(targets[0], loss, huber_delta)
    on_train, *on_others = (measure(constant, y) for y in targets)
    by_training_loss = [(on_train, PredictorLosses(name, *on_others))]
    unchanged = [counted(part, part.persistence) for part in parts if part.persistence is not None]
    if loss != "bce" and len(unchanged) == len(parts):
        on_train, *on_others = map(measure, unchanged, targets)
        by_training_loss.append((on_train, PredictorLosses("persistence", *on_others)))
    return [losses for _, losses in sorted(by_training_loss)]


def counted(part: Part, values: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return the targets that count, or other values of their shape at the same places.

    If there is a target at every time step and not all of them count, these are (M, O) or (M,) with
    M the number of time steps that do; else the whole array.
    """
    values = part.y if values is None else values
    has_classes = np.issubdtype(part.y.dtype, np.integer)
    is_last = part.y.ndim == (1 if has_classes else 2)
    counts = None if is_last else counting(part)
    return values if counts is None else values[counts]


def _best_constant(y: Floats, loss: str, huber_delta: float) -> tuple[str, Floats]:
    # One constant for each output, over sequences and time steps.
    axes = tuple(range(y.ndim - 1))
    if loss == "mae":
        median: Floats = np.median(y, axis=axes)
        return "median", median
    if loss == "huber":
        return "constant", _huber_center(y.reshape(-1, y.shape[-1]), huber_delta)
    mean: Floats = y.mean(axis=axes)
    return "mean", mean


def _huber_center(y: Floats, delta: float) -> Floats:
    """Return for each column of y (M, O) the constant with the least Huber loss (Huber 1964).

    The loss is convex, and its slope is the sum of the errors limited to +-delta; bisection of the
    interval of the targets finds where the slope changes its sign.
    """
    low: Floats = y.min(axis=0)
    high: Floats = y.max(axis=0)
    # After 100 bisections an interval of doubles is down to its last digits.
    for _ in range(100):
        center = low + (high - low) / 2
        rises = np.clip(y - center, -delta, delta).sum(axis=0) > 0
        low, high = np.where(rises, center, low), np.where(rises, high, center)
    return low + (high - low) / 2


def _entropy(train_counts: NDArray[np.intp], classes: NDArray[np.int64]) -> float:
    """Return the mean cross-entropy of classes under their shares in training.

    Parameters
    ----------
    train_counts : (K,) array
        How often each class occurs in training.
    classes : (M,) array
        Classes of another part, which may have some that training lacks.
    """
    counts = np.zeros(max(len(train_counts), 1 + classes.max()))
    counts[: len(train_counts)] = train_counts
    if (counts[classes] == 0).any():
        # Laplace's rule: else a class that training lacks would cost infinity.
        counts += 1
    return float(np.log(counts.sum()) - np.log(counts[classes]).mean())


def _measures(huber_delta: float) -> dict[str, _Measure]:
    def huber(prediction: Floats, target: Floats) -> float:
        error = np.abs(prediction - target)
        linear = huber_delta * (error - huber_delta / 2)
        return float(np.mean(np.where(error <= huber_delta, error**2 / 2, linear)))

    return {"mse": _mse, "mae": _mae, "huber": huber, "bce": _bce}


def _unless_rounding(measure: _Measure, loss: str) -> _Measure:
    """Return a measure that gives 0 where a loss of differences is due to rounding alone."""
    if loss == "bce":
        return measure

    def measured(prediction: Floats, target: Floats) -> float:
        with np.errstate(over="ignore"):
            value = measure(prediction, target)
            rounding = measure(np.atleast_1d(ROUNDING * np.abs(target).max()), np.zeros(1))
        return 0.0 if np.isfinite(value) and value <= rounding else value

    return measured


def _mse(prediction: Floats, target: Floats) -> float:
    return float(np.mean((prediction - target) ** 2))


def _mae(prediction: Floats, target: Floats) -> float:
    return float(np.mean(np.abs(prediction - target)))


def _bce(probability: Floats, target: Floats) -> float:
    """Binary cross-entropy in nats, 0 log 0 taken as 0."""
    p, y = np.broadcast_arrays(probability, target)
    with np.errstate(divide="ignore", invalid="ignore"):
        ones = np.where(y > 0, y * np.log(p), 0.0)
        zeros = np.where(y < 1, (1 - y) * np.log(1 - p), 0.0)
    return 0.0 - float(np.mean(ones + zeros))
