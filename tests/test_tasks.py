"""The generated tasks by their definitions, and the trivial predictors."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from rnnsweep.tasks import TASKS, Adding, Data, Notebook, Part, Sine, TaskError, baselines

ADDING = Adding(seq_len=11, n_train=200, n_val=100)
SINE = Sine(seq_len=12, n_train=200, n_val=100, n_test=50)
GENERATED = pytest.mark.parametrize("task", [ADDING, SINE], ids=lambda task: task.name)


@GENERATED
def test_arrays_have_the_announced_shapes(task):
    for output in task.outputs:
        shape = task.shape(output)
        data = task.data(0, output)
        for part, n in zip(data, shape[3:], strict=True):
            steps = () if output == "last" else (shape.seq_len,)
            assert part.x.shape == (n, shape.seq_len, shape.input_size)
            assert part.y.shape == (n, *steps, shape.output_size)
            for array in part:
                assert array is None or (array.dtype == np.float64 and array.flags.c_contiguous)


@GENERATED
def test_one_seed_gives_one_data(task):
    for part, again in zip(task.data(3), task.data(3), strict=True):
        np.testing.assert_array_equal(part.x, again.x)
        np.testing.assert_array_equal(part.y, again.y)
    assert not np.array_equal(task.data(3).train.x, task.data(4).train.x)


@GENERATED
def test_parts_come_from_streams_of_their_own(task):
    train, val, test = (part.x[:50] for part in task.data(0))
    assert not np.array_equal(train, val)
    assert not np.array_equal(val, test)
    assert not np.array_equal(train, test)
    # A part does not depend on how many sequences the others have.
    fewer = task.model_copy(update={"n_train": 10}).data(0)
    np.testing.assert_array_equal(fewer.val.x, task.data(0).val.x)


def test_n_test_is_n_val_by_default():
    assert ADDING.n_test == 100
    assert ADDING.shape().n_test == 100
    assert SINE.n_test == 50


@pytest.mark.parametrize("seq_len", [2, 3, 10, 11])
def test_adding_marks_one_value_in_each_half(seq_len):
    x, y, persistence = Adding(seq_len=seq_len, n_train=500).data(0).train
    values, marks = x[:, :, 0], x[:, :, 1]
    half = seq_len // 2
    assert np.isin(marks, [0.0, 1.0]).all()
    assert (marks[:, :half].sum(axis=1) == 1).all()
    assert (marks[:, half:].sum(axis=1) == 1).all()
    # Each place of a half is marked in some of 500 sequences (missed by chance: 1 in 1e38).
    assert (marks.sum(axis=0) > 0).all()
    # A product with 0 or 1 is exact, and the sum has two terms.
    np.testing.assert_array_equal(y[:, 0], (values * marks).sum(axis=1))
    assert persistence is None


def test_adding_values_are_uniform():
    values = Adding(seq_len=20, n_train=5000).data(0).train.x[:, :, 0]
    assert values.min() >= 0.0
    assert values.max() < 1.0
    # 100,000 values: the standard errors are 0.0009 and 0.0003; five of them.
    assert abs(values.mean() - 1 / 2) < 0.0046
    assert abs(values.var() - 1 / 12) < 0.0012


def test_adding_baseline_is_one_sixth():
    n = 20_000
    found = baselines(Adding(seq_len=4, n_train=n, n_val=n).data(0), "mse")
    # E (s - 1)^2 = 1/6 and E (s - 1)^4 = 1/15, so the standard error is sqrt(7/180/n) = 0.0014.
    assert abs(found["mean"] - 1 / 6) < 5 * math.sqrt(7 / 180 / n)
    assert list(found) == ["mean"]


def test_sine_without_noise_obeys_its_recurrence():
    task = Sine(seq_len=9, noise=0.0, min_frequency=0.1, max_frequency=0.2)
    x, y, _ = task.data(0).train
    series = np.concatenate([x[:, :, 0], y], axis=1)
    # s(t+1) + s(t-1) = 2 cos(2 pi f) s(t); the largest value of each series for a safe quotient.
    at = np.abs(series[:, 1:-1]).argmax(axis=1) + 1
    row = np.arange(len(series))
    cosine = (series[row, at + 1] + series[row, at - 1]) / (2 * series[row, at])
    # Three rounded values over one of at least 0.5: a few units in the last place.
    np.testing.assert_allclose(
        series[:, 2:] + series[:, :-2], 2 * cosine[:, None] * series[:, 1:-1], atol=1e-13
    )
    frequency = np.arccos(cosine) / (2 * np.pi)
    assert 0.1 - 1e-12 < frequency.min() < 0.101  # 1024 draws over a width of 0.1
    assert 0.199 < frequency.max() < 0.2 + 1e-12
    assert task.target_range() == (-1.0, 1.0)


def test_sine_noise_has_its_standard_deviation():
    # One frequency of a whole number of turns a time step pair: sin(pi t + phase) alternates,
    # so that the sum of two neighbours is noise alone, of variance 2 noise^2.
    task = Sine(seq_len=50, n_train=2000, noise=0.3, min_frequency=0.5, max_frequency=0.5)
    x = task.data(0).train.x[:, :, 0]
    pairs = x[:, 0::2] + x[:, 1::2]
    # 50,000 independent pairs: the standard error of a variance is sqrt(2/n) of it.
    assert abs(pairs.var() / (2 * 0.3**2) - 1) < 5 * math.sqrt(2 / pairs.size)


def test_sine_targets_and_persistence_are_the_next_and_the_last_value():
    last, every = SINE.data(5), SINE.data(5, "every")
    for a, b in zip(last, every, strict=True):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(b.y[:, :-1], b.x[:, 1:])
        np.testing.assert_array_equal(b.y[:, -1], a.y)
        np.testing.assert_array_equal(b.persistence, b.x)
        np.testing.assert_array_equal(a.persistence, a.x[:, -1])


def test_sine_frequencies_stand_the_right_way_round():
    with pytest.raises(ValidationError) as caught:
        Sine(seq_len=5, min_frequency=0.3)
    error = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, TaskError)
    assert error.faults[0].keys == ("min_frequency", "max_frequency")


def test_notebook_is_the_second_cell():
    task = Notebook()
    for part in task.data(7):
        assert part.x.tolist() == [[[1, 0], [0, 1], [1, 1]]]
        assert part.y.tolist() == [[1]]
    assert task.shape() == (3, 2, 1, 1, 1, 1)
    assert not task.has_baseline


def test_every_target_lies_in_the_announced_range():
    for task in (ADDING, SINE, Sine(seq_len=5, noise=0.0), Notebook()):
        low, high = task.target_range()
        for part in task.data(0):
            assert low <= part.y.min()
            assert part.y.max() <= high


def test_tasks_are_frozen_strict_and_closed():
    with pytest.raises(ValidationError):
        ADDING.seq_len = 3
    for keys in ({"seq_len": "10"}, {"seq_len": True}, {"seq_len": 4.0}, {"seq_len": 4, "n": 1}):
        with pytest.raises(ValidationError):
            Adding(**keys)
    with pytest.raises(ValidationError):
        Sine(seq_len=4, noise=math.nan)


def test_the_table_of_tasks_is_named_by_the_tasks():
    assert list(TASKS) == ["adding", "sine", "notebook", "csv"]
    for name, task in TASKS.items():
        assert task.model_fields["name"].default == name
        assert task.output in task.outputs
        assert task.line


def _part(y, persistence=None):
    y = np.array(y, float)
    return Part(np.zeros((len(y), 1, 1)), y, None if persistence is None else np.array(persistence))


def test_baselines_are_measured_on_validation_and_ordered_by_training():
    # On training persistence is exact and the mean (2) is not; on validation it is the worse.
    train = _part([[1.0], [3.0]], [[1.0], [3.0]])
    val = _part([[2.0], [2.0]], [[4.0], [1.0]])
    found = baselines(Data(train, val, val), "mse")
    assert list(found.items()) == [("persistence", 2.5), ("mean", 0.0)]


def test_baseline_has_a_mean_for_each_output():
    part = _part([[[1.0, 10.0]], [[3.0, 30.0]]])
    assert baselines(Data(part, part, part), "mse") == {"mean": (1 + 100) / 2}


def test_baseline_of_bce_is_the_entropy_of_the_share():
    train = _part([[1.0], [0.0], [0.0], [0.0]], [[1.0], [1.0], [0.0], [0.0]])
    found = baselines(Data(train, train, train), "bce")
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert list(found) == ["mean"]
    assert found["mean"] == pytest.approx(entropy, rel=1e-15)


def test_baseline_of_bce_at_the_ends():
    ones, zeros = _part([[1.0], [1.0]]), _part([[0.0], [0.0]])
    assert baselines(Data(ones, ones, ones), "bce") == {"mean": 0.0}
    assert baselines(Data(zeros, zeros, zeros), "bce") == {"mean": 0.0}
    assert baselines(Data(ones, zeros, zeros), "bce") == {"mean": math.inf}
