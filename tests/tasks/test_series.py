"""The drawn series against their equations, step by step in plain Python."""

import math

import numpy as np
import pytest
from task_cases import baselines

from rnnsweep.random_streams import TRAIN_DATA, stream
from rnnsweep.tasks import series
from rnnsweep.tasks.lorenz import Lorenz
from rnnsweep.tasks.mackey_glass import MackeyGlass
from rnnsweep.tasks.narma import _BLOWN_UP, Narma

SERIES = pytest.mark.parametrize("task", [MackeyGlass, Lorenz])


@SERIES
@pytest.mark.parametrize("horizon", [1, 4])
def test_the_target_lies_a_horizon_ahead(task, horizon):
    # Longer sequences begin with the same values, and show what is within the horizon.
    T = 9
    whole = task(seq_len=T + horizon, n_train=30).data(0, "last").train.x
    keys = {"seq_len": T, "horizon": horizon + 1, "n_train": 30}
    task = task(**keys)
    last, every = task.data(0, "last").train, task.data(0, "every").train
    np.testing.assert_array_equal(last.x, whole[:, :T])
    np.testing.assert_array_equal(every.x, whole[:, :T])
    np.testing.assert_array_equal(every.y[:, :-1], whole[:, horizon + 1 :])
    np.testing.assert_array_equal(last.y, every.y[:, -1])
    np.testing.assert_array_equal(last.persistence, last.x[:, -1])
    np.testing.assert_array_equal(every.persistence, every.x)


def mackey_glass_step(x, delayed):
    """A literal step of fourth-order Runge-Kutta with h = 1."""

    def slope(x):
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

    k1 = slope(x)
    k2 = slope(x + k1 / 2)
    k3 = slope(x + k2 / 2)
    k4 = slope(x + k3)
    return x + (k1 + 2 * k2 + 2 * k3 + k4) / 6


@pytest.mark.parametrize("tau", [1, 17, 30])
def test_mackey_glass_obeys_its_equation(tau):
    x = MackeyGlass(seq_len=200, tau=tau, n_train=20).data(0).train.x[:, :, 0]
    for row in x:
        for t in range(tau, 199):
            # One step from given values: a few roundings of numbers around 1.
            assert row[t + 1] == pytest.approx(mackey_glass_step(row[t], row[t - tau]), abs=1e-14)


def test_mackey_glass_starts_as_it_says():
    # Without a washout the first value is 1.2, and the second comes from a past in [1.1, 1.3).
    x = MackeyGlass(seq_len=19, washout=0, n_train=2000).data(0).train.x[:, :, 0]
    assert (x[:, 0] == 1.2).all()
    ends = [mackey_glass_step(1.2, past) for past in (1.1, 1.3)]
    assert min(ends) <= x[:, 1].min() < x[:, 1].max() <= max(ends)
    assert x[:, 1].std() > 0.2 * (max(ends) - min(ends))
    # x(18) is the first value that depends on x(0) = 1.2 by the delay.
    for row in x:
        assert row[18] == pytest.approx(mackey_glass_step(row[17], 1.2), abs=1e-14)


def test_lorenz_obeys_its_equations():
    task = Lorenz(seq_len=30, washout=0, n_train=10)
    rng = np.random.default_rng(5)
    made = task._series(rng, 10, 30)
    starts = np.random.default_rng(5).uniform(
        [[-15.0], [-15.0], [10.0]], [[15.0], [15.0], [40.0]], (3, 10)
    )

    def slope(x, y, z):
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    def moved(state, slope, h):
        return [s + h * k for s, k in zip(state, slope, strict=True)]

    for i in range(10):
        state = list(starts[:, i])
        for t in range(30):
            # Chaos grows a rounding of 1e-15 by e^0.9 a unit of time: 30 steps are 0.9 of one.
            assert made[t, i] == pytest.approx(state[0] / 10, abs=1e-12)
            k1 = slope(*state)
            k2 = slope(*moved(state, k1, 0.015))
            k3 = slope(*moved(state, k2, 0.015))
            k4 = slope(*moved(state, k3, 0.03))
            mean = [(a + 2 * b + 2 * c + d) / 6 for a, b, c, d in zip(k1, k2, k3, k4, strict=True)]
            state = moved(state, mean, 0.03)


def test_a_washout_leaves_out_the_start():
    whole = Lorenz(seq_len=50, washout=0, n_train=5).data(0).train.x
    later = Lorenz(seq_len=20, washout=30, n_train=5).data(0).train.x
    np.testing.assert_array_equal(later, whole[:, 30:])


def test_mackey_glass_waits_for_a_time_of_its_own():
    made = MackeyGlass(seq_len=20, washout=30)._series(np.random.default_rng(5), 200, 20)
    rng = np.random.default_rng(5)
    pasts = 1.2 + 0.2 * (rng.random((17, 200)) - 0.5)
    waits = rng.integers(30, 61, size=200)
    assert set(waits) == set(range(30, 61))
    for i, wait in enumerate(waits):
        x = [*pasts[:, i], 1.2]
        for _ in range(wait + 19):
            x.append(mackey_glass_step(x[-1], x[-18]))
        # 80 steps of rounding, in which time the chaos hardly amplifies it.
        np.testing.assert_allclose(made[:, i], x[17 + wait :], atol=1e-12)


@SERIES
def test_series_are_spread_over_the_attractor(task):
    first_values = task(seq_len=1, n_train=4000).data(0).train.x.ravel()
    long = task(seq_len=5000, n_train=40).data(1).train.x.ravel()
    levels = np.linspace(0.05, 0.95, 19)
    shares = (first_values[:, np.newaxis] < np.quantile(long, levels)).mean(axis=0)
    # Kolmogorov's bound for 4000 draws at 1e-5 is 0.04.
    assert np.abs(shares - levels).max() < 0.04


@SERIES
def test_values_are_of_order_one(task):
    x = task(seq_len=500, n_train=200).data(0).train.x
    assert 0.1 < x.std() < 1
    assert np.abs(x).max() < 2
    if task is Lorenz:
        assert abs(x.mean()) < 0.1


def test_persistence_is_hard_to_beat_at_once_and_useless_later():
    for task in (MackeyGlass, Lorenz):
        near = task(seq_len=20)
        assert next(iter(baselines(near.data(0), "mse"))) == "persistence"
    late = Lorenz(seq_len=20, horizon=30)
    assert next(iter(baselines(late.data(0), "mse"))) == "mean"


def narma(u):
    """NARMA-10 from rest, u[t] -> y[t + 1], by its equation."""
    y = [0.0]
    for t in range(len(u)):
        recent = sum(y[t - i] for i in range(10) if t - i >= 0)
        earlier = u[t - 9] if t >= 9 else 0.0
        y.append(0.3 * y[t] + 0.05 * y[t] * recent + 1.5 * earlier * u[t] + 0.1)
    return y[1:]


def test_narma_is_a_function_of_its_input():
    task = Narma(seq_len=40, washout=0, n_train=30)
    x, y, persistence, *_ = task.data(0, "every").train
    assert persistence is None
    assert 0 <= x.min() < x.max() < 0.5
    for inputs, outputs in zip(x[:, :, 0], y[:, :, 0], strict=True):
        np.testing.assert_allclose(outputs, narma(inputs), rtol=1e-13)


def test_narma_goes_on_from_its_washout():
    task = Narma(seq_len=40, washout=25, n_train=30)
    inputs, outputs = task._run(np.random.default_rng(0), 30)
    assert inputs.shape == outputs.shape == (65, 30)
    for i in range(30):
        np.testing.assert_allclose(outputs[:, i], narma(inputs[:, i]), rtol=1e-13)
    inputs, outputs = task._bounded(stream(0, TRAIN_DATA), 30)
    x, y, *_ = task.data(0, "every").train
    np.testing.assert_array_equal(x[:, :, 0].T, inputs[25:])
    np.testing.assert_array_equal(y[:, :, 0].T, outputs[25:])


def test_narma_draws_again_what_blows_up():
    task = Narma(seq_len=1000, washout=0, n_train=2000)
    _, drawn = task._run(np.random.default_rng(0), 2000)
    blown = ~(drawn <= _BLOWN_UP).all(axis=0)
    # 0.7 % at 1600 time steps, hence about 9 of 2000 at 1000.
    assert 1 <= blown.sum() <= 30
    assert not np.isfinite(drawn[:, blown]).all()
    inputs, outputs = task._bounded(np.random.default_rng(0), 2000)
    assert outputs.max() <= _BLOWN_UP
    np.testing.assert_array_equal(outputs[:, ~blown], drawn[:, ~blown])
    i = np.flatnonzero(blown)[0]
    np.testing.assert_allclose(outputs[:, i], narma(inputs[:, i]), rtol=1e-12)


@pytest.mark.parametrize("task", [MackeyGlass, Lorenz, Narma])
def test_series_are_made_in_chunks(task, monkeypatch):
    monkeypatch.setattr(series, "CHUNK", 7)
    monkeypatch.setattr("rnnsweep.tasks.narma.CHUNK", 7)
    for output in ("last", "every"):
        part = task(seq_len=15, n_train=20, n_val=1).data(0, output).train
        assert np.isfinite(part.x).all()
        # No two sequences are the same.
        assert len(np.unique(part.x[:, :, 0], axis=0)) == 20
        assert len(np.unique(part.y.reshape(20, -1), axis=0)) == 20


def test_narma_baseline_is_the_variance_of_its_output():
    task = Narma(seq_len=20, n_train=4000, n_val=4000)
    data = task.data(0)
    losses = baselines(data, "mse")
    assert list(losses) == ["mean"]
    squares = (data.val.y - data.val.y.mean()) ** 2
    # The mean of training differs from that of validation by sqrt(2 / 4000) deviations.
    assert losses["mean"] == pytest.approx(squares.mean(), rel=25 * 2 / 4000)
    assert math.sqrt(losses["mean"]) == pytest.approx(0.11, abs=0.02)
