"""What is to be forecast of drawn series: the parts of the task, with the naive forecasts."""

import numpy as np
import pytest

from rnnsweep.tasks import TASKS
from rnnsweep.vocabulary import MOST_SEQUENCES

DRAWN = ("lorenz", "mackey_glass", "narma", "sine")


def make(name, **keys):
    keys = {"seq_len": 5, "n_train": 30, "n_val": 20, "n_test": 10} | keys
    return TASKS[name].model_validate({"name": name} | keys)


def test_every_task_about_a_series_forecasts():
    assert {name for name, task in TASKS.items() if task.forecasts} == {"csv", *DRAWN}
    about_series = {name for name, task in TASKS.items() if task.topic == "forecast"}
    assert about_series == {*DRAWN}


@pytest.mark.parametrize("name", DRAWN)
def test_the_windows_are_the_parts_of_the_seed(name):
    task = make(name)
    data = task.data(3)
    made = task.to_forecast(3)
    assert (made.season, made.of_sequences, made.horizon) == (0, True, 1)
    validation, test = made.windows
    for windows, part, word in ((validation, data.val, "validation"), (test, data.test, "test")):
        assert windows.part == word
        np.testing.assert_array_equal(windows.rows, np.arange(len(part.x)))
        np.testing.assert_array_equal(windows.x, part.x)
        np.testing.assert_array_equal(windows.scale.undo(part.y[:, 0]), windows.truth)
        np.testing.assert_allclose(windows.naive["mean"], data.train.y.mean(), rtol=1e-12)
        if name == "narma":  # the network does not see the output, so that none is the last one
            assert [*windows.naive] == ["mean"]
        else:
            assert [*windows.naive] == ["mean", "persistence"]
            np.testing.assert_array_equal(windows.naive["persistence"], part.x[:, -1, 0])


@pytest.mark.parametrize("name", ["lorenz", "mackey_glass"])
def test_persistence_is_the_last_input_at_every_horizon(name):
    task = make(name, horizon=7)
    made = task.to_forecast(0)
    assert made.horizon == 7
    (validation, _) = made.windows
    np.testing.assert_array_equal(validation.naive["persistence"], validation.x[:, -1, 0])
    # The truth is the value 7 time steps later: that of a longer sequence of the same series.
    longer = make(name, seq_len=11, horizon=1).data(0).val
    np.testing.assert_array_equal(validation.x, longer.x[:, :5])
    np.testing.assert_array_equal(validation.truth, longer.y[:, 0])


@pytest.mark.parametrize("n", [MOST_SEQUENCES - 1, MOST_SEQUENCES, MOST_SEQUENCES + 1000])
@pytest.mark.parametrize("name", ["narma", "sine"])
def test_of_a_large_part_the_first_sequences_are_forecast(name, n):
    task = make(name, n_test=n, n_val=1)
    part = task.data(0).test
    _, *windows = task.to_forecast(0).windows
    assert {each.part for each in windows} == {"test"}
    rows = np.concatenate([each.rows for each in windows])
    np.testing.assert_array_equal(rows, np.arange(min(n, MOST_SEQUENCES)))
    truth = np.concatenate([each.truth for each in windows])
    np.testing.assert_array_equal(truth, part.y[: len(rows), 0])


def test_what_follows_the_first_sequences_is_not_drawn():
    task = make("sine", seq_len=1000, n_test=10_000_000, n_val=1)
    _, *windows = task.to_forecast(0).windows
    assert len(windows) > 1  # in pieces, so that the memory has a limit
    assert sum(len(each.rows) for each in windows) == MOST_SEQUENCES
