"""Trivial predictors: the best constant, the class frequencies, and persistence."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .parts import Part, Parts, within
from .scaling import ROUNDING

Floats = NDArray[np.float64]
_Measure = Callable[[Floats, Floats], float]


class PredictorLosses(NamedTuple):
    """The losses of a trivial predictor that was fitted on the training part."""

    name: str
    val: float
    test: float


def predictor_losses(parts: Parts, loss: str, huber_delta: float = 1.0) -> list[PredictorLosses]:
    """Return the losses of each trivial predictor, the best predictor first.

    A constant is fitted to the training targets: for each output their mean ("mean"), for
    `mae` their median ("median"), for `huber` the constant of the least loss ("constant"); for
    `cross_entropy` the shares of the classes ("frequencies"). "persistence" predicts that the
    value stays as it is; it is no probability, so `bce` and `cross_entropy` have the constant
    alone. The best is the one with the lowest loss on the training part, so that the choice
    owes nothing to the other parts. What lies past a sequence's end counts for nothing. A loss that
    rounding alone makes, as the mean of many equal targets may, is 0.

    Parameters
    ----------
    parts : Parts
    loss : str
        As the network's own: "mse", "mae", "huber", "bce" or "cross_entropy".
    huber_delta : float
        Where `huber` turns linear.
    """
    if loss == "cross_entropy":
        seen = np.bincount(counted(parts.train).ravel())
        entropies = (_entropy(seen, counted(part).ravel()) for part in (parts.val, parts.test))
        return [PredictorLosses("frequencies", *entropies)]
    measure = _unless_rounding(_measures(huber_delta)[loss], loss)
    targets = [counted(part) for part in parts]
    name, constant = _best_constant(targets[0], loss, huber_delta)
    on_train, *on_others = (measure(constant, y) for y in targets)
    found = [(on_train, PredictorLosses(name, *on_others))]
    stays = [counted(part, part.persistence) for part in parts if part.persistence is not None]
    if loss != "bce" and len(stays) == len(parts):
        on_train, *on_others = map(measure, stays, targets)
        found.append((on_train, PredictorLosses("persistence", *on_others)))
    return [losses for _, losses in sorted(found)]


def counted(part: Part, values: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return what counts of the targets, or of other values of their shape.

    Where sequences end early and there is a target at every time step, (M, O) or (M,) with M
    the number of time steps before the ends; else the array itself.
    """
    values = part.y if values is None else values
    has_classes = np.issubdtype(part.y.dtype, np.integer)
    is_last = part.y.ndim == (1 if has_classes else 2)
    if part.lengths is None or is_last:
        return values
    return values[within(part.lengths, part.x.shape[1])]


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
    """Return for each column of y (M, O) the constant of the least Huber loss (Huber 1964).

    The loss is convex, and the errors limited to +-delta add up to its slope, whose
    change of sign is found by halving the interval of the targets.
    """
    low: Floats = y.min(axis=0)
    high: Floats = y.max(axis=0)
    # 100 halvings leave nothing of an interval of doubles but its last digits.
    for _ in range(100):
        center = low + (high - low) / 2
        rises = np.clip(y - center, -delta, delta).sum(axis=0) > 0
        low, high = np.where(rises, center, low), np.where(rises, high, center)
    return low + (high - low) / 2


def _entropy(seen: NDArray[np.intp], met: NDArray[np.int64]) -> float:
    """Return the cross-entropy of the classes `met` under their shares in training.

    `seen` holds how often training has each class.
    """
    counts = np.zeros(max(len(seen), 1 + met.max()))
    counts[: len(seen)] = seen
    if (counts[met] == 0).any():
        # Laplace's rule: else a class that training lacks would cost infinity.
        counts += 1
    return float(np.log(counts.sum()) - np.log(counts[met]).mean())


def _measures(huber_delta: float) -> dict[str, _Measure]:
    def huber(prediction: Floats, target: Floats) -> float:
        error = np.abs(prediction - target)
        linear = huber_delta * (error - huber_delta / 2)
        return float(np.mean(np.where(error <= huber_delta, error**2 / 2, linear)))

    return {"mse": _mse, "mae": _mae, "huber": huber, "bce": _bce}


def _unless_rounding(measure: _Measure, loss: str) -> _Measure:
    """Return the measure of a loss of differences, which is 0 where these are rounding."""
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
