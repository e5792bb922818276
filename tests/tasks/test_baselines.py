"""The trivial predictors: what they predict, which time steps count, and which is the best."""

import math

import numpy as np
import pytest
from task_cases import baselines

from rnnsweep.tasks import Part, Parts, predictors
from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.copy import Copy
from rnnsweep.tasks.predictors import predictor_losses
from rnnsweep.tasks.reber import Reber


def _part(y, persistence=None):
    y = np.array(y, float)
    return Part(np.zeros((len(y), 1, 1)), y, None if persistence is None else np.array(persistence))


def test_predictors_are_measured_on_validation_and_ordered_by_training():
    # On training persistence is exact and the mean (2) is not; on validation it is the worse.
    train = _part([[1.0], [3.0]], [[1.0], [3.0]])
    val = _part([[2.0], [2.0]], [[4.0], [1.0]])
    losses = baselines(Parts(train, val, val), "mse")
    assert list(losses.items()) == [("persistence", 2.5), ("mean", 0.0)]


def test_the_test_part_is_measured_with_the_same_predictors():
    train = _part([[1.0], [3.0]], [[1.0], [3.0]])
    val = _part([[2.0], [2.0]], [[4.0], [1.0]])
    test = _part([[5.0]], [[4.0]])
    losses = predictor_losses(Parts(train, val, test), "mse")
    assert losses == [("persistence", 2.5, 1.0), ("mean", 0.0, 9.0)]
    # Without persistence in a part there is none: it would be another predictor there.
    losses = predictor_losses(Parts(train, val, test._replace(persistence=None)), "mse")
    assert losses == [("mean", 0.0, 9.0)]


def test_classes_that_only_the_test_part_has_change_nothing_on_validation():
    def part(*classes):
        return Part(np.zeros((len(classes), 1), np.int64), np.array(classes))

    ((_, val, test),) = predictor_losses(Parts(part(0, 0, 1), part(0, 1), part(2)), "cross_entropy")
    assert val == pytest.approx(-(math.log(2 / 3) + math.log(1 / 3)) / 2, rel=1e-15)
    assert test == pytest.approx(math.log(6), rel=1e-15)  # (0 + 1) / (3 + 3)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "bce"])
def test_a_predictor_is_fitted_once(loss, monkeypatch):
    fitted, fit = [], predictors._best_constant
    monkeypatch.setattr(
        predictors, "_best_constant", lambda *args: fitted.append(args) or fit(*args)
    )
    part = _part([[0.0], [1.0]])
    ((_, val, test),) = predictor_losses(Parts(part, part, part), loss)
    assert val == test
    assert len(fitted) == 1


def test_there_is_a_mean_for_each_output():
    part = _part([[[1.0, 10.0]], [[3.0, 30.0]]])
    assert baselines(Parts(part, part, part), "mse") == {"mean": (1 + 100) / 2}


def test_the_baseline_of_bce_is_the_entropy_of_the_share():
    train = _part([[1.0], [0.0], [0.0], [0.0]], [[1.0], [1.0], [0.0], [0.0]])
    losses = baselines(Parts(train, train, train), "bce")
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert list(losses) == ["mean"]
    assert losses["mean"] == pytest.approx(entropy, rel=1e-15)


def test_the_baseline_of_bce_at_shares_of_0_and_1():
    ones, zeros = _part([[1.0], [1.0]]), _part([[0.0], [0.0]])
    assert baselines(Parts(ones, ones, ones), "bce") == {"mean": 0.0}
    assert baselines(Parts(zeros, zeros, zeros), "bce") == {"mean": 0.0}
    assert baselines(Parts(ones, zeros, zeros), "bce") == {"mean": math.inf}


def test_the_baseline_of_mae_is_the_median_and_persistence_counts():
    train = _part([[0.0], [1.0], [11.0]], [[1.0], [2.0], [10.0]])
    losses = baselines(Parts(train, train, train), "mae")
    assert list(losses.items()) == [("persistence", 1.0), ("median", 11 / 3)]


@pytest.mark.parametrize("delta", [0.1, 1.0, 50.0])
def test_the_baseline_of_huber_is_the_best_constant(delta):
    y = np.random.default_rng(0).standard_cauchy((40, 2))
    part = _part(y)
    losses = baselines(Parts(part, part, part), "huber", huber_delta=delta)

    # The loss of each output is convex, hence above its minimum by less than a grid's width
    # times its slope, which is at most delta.
    grid = np.linspace(-5, 5, 20_001)
    error = np.abs(grid[:, np.newaxis, np.newaxis] - y)
    loss = np.where(error <= delta, error**2 / 2, delta * (error - delta / 2)).mean(axis=1)
    best = loss.min(axis=0).mean()
    assert list(losses) == ["constant"]
    assert best - delta * 0.0005 <= losses["constant"] <= best + 1e-12


def test_the_baseline_of_huber_is_the_mean_where_all_errors_are_small():
    part = _part([[0.0], [1.0], [5.0]])
    losses = baselines(Parts(part, part, part), "huber", huber_delta=100.0)
    assert losses["constant"] == pytest.approx(np.mean([4, 1, 9]) / 2, rel=1e-14)


def test_the_baseline_of_classes_is_the_entropy_of_their_shares():
    train = Part(np.zeros((4, 1), np.int64), np.array([0, 0, 0, 1]))
    val = Part(np.zeros((2, 1), np.int64), np.array([0, 1]))
    losses = baselines(Parts(train, val, val), "cross_entropy")
    assert list(losses) == ["frequencies"]
    assert losses["frequencies"] == pytest.approx(-(math.log(0.75) + math.log(0.25)) / 2, rel=1e-15)


def test_a_class_that_training_lacks_costs_no_infinity():
    train = Part(np.zeros((3, 1), np.int64), np.array([0, 0, 0]))
    val = Part(np.zeros((1, 1), np.int64), np.array([1]))
    # Laplace's rule: (0 + 1) / (3 + 2).
    losses = baselines(Parts(train, val, val), "cross_entropy")
    assert losses["frequencies"] == pytest.approx(math.log(5), rel=1e-15)


def test_time_steps_past_the_ends_do_not_count():
    rng = np.random.default_rng(1)
    y, unchanged = rng.standard_normal((2, 30, 6, 2))
    lengths = rng.integers(1, 7, size=30)
    part = Part(np.zeros((30, 6, 1)), y, unchanged, lengths)
    values = [y[i, t] for i in range(30) for t in range(lengths[i])]
    predicted = [unchanged[i, t] for i in range(30) for t in range(lengths[i])]
    losses = baselines(Parts(part, part, part), "mse")
    assert losses["mean"] == pytest.approx(np.var(values, axis=0).mean(), rel=1e-12)
    squares = (np.array(values) - predicted) ** 2
    assert losses["persistence"] == pytest.approx(squares.mean(), rel=1e-12)
    # One target a sequence counts whatever the lengths, (N, O) with O = T included.
    last = Part(np.zeros((30, 2, 1)), y[:, 0], None, np.ones(30, np.int64))
    assert baselines(Parts(last, last, last), "mse")["mean"] == pytest.approx(
        y[:, 0].var(axis=0).mean(), rel=1e-12
    )


def test_classes_past_the_ends_do_not_count():
    part = Reber(n_train=40).data(0, "every").train
    steps = [part.y[i, t] for i in range(40) for t in range(part.lengths[i])]
    shares = np.bincount(steps)[np.unique(steps)] / len(steps)
    losses = baselines(Parts(part, part, part), "cross_entropy")["frequencies"]
    assert losses == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)
    # One class a sequence, (N,).
    last = part._replace(y=part.y[:, 0])
    losses = baselines(Parts(last, last, last), "cross_entropy")["frequencies"]
    shares = np.bincount(last.y)[np.unique(last.y)] / 40
    assert losses == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)


def test_a_task_may_have_its_own_predictor():
    task = Copy(delay=10, n_train=50)
    data = task.data(0, "every")
    first, second = task.predictor_losses(data, "cross_entropy")
    assert first == ("memoryless", 10 * math.log(8) / 30, 10 * math.log(8) / 30)
    assert second == predictor_losses(data, "cross_entropy")[0]
    assert first.val < second.val
    adding = Adding(seq_len=4)
    data = adding.data(0)
    assert adding.predictor_losses(data, "mse") == predictor_losses(data, "mse")


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("value", [0.1, -0.3, 1e10 / 3, 1e-20 / 7, 0.0])
def test_equal_targets_leave_a_baseline_of_0(loss, value):
    """The mean of ten times 0.1 is another number: over such a baseline nothing can be ranked."""
    for last in (value, value * (1 + 3e-16)):
        y = np.full((10, 1), value)
        y[-1] = last
        part = Part(np.zeros((10, 2, 1)), y, np.full((10, 1), value))
        assert set(baselines(Parts(part, part, part), loss).values()) == {0.0}
    y[-1] = value * (1 + 1e-9) or 1e-9
    part = Part(np.zeros((10, 2, 1)), y, None)
    assert min(baselines(Parts(part, part, part), loss).values()) > 0
