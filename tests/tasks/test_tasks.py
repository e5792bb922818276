"""The contract that all tasks keep, and adding, sine and notebook by their definitions."""

import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from task_cases import DRAWN, baselines

from rnnsweep.tasks import TASKS, TaskError
from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.notebook import Notebook
from rnnsweep.tasks.parts import joined
from rnnsweep.tasks.sine import Sine

ADDING = Adding(seq_len=11, n_train=200, n_val=100)
SINE = Sine(seq_len=12, n_train=200, n_val=100, n_test=50)
GENERATED = pytest.mark.parametrize("task", DRAWN, ids=lambda task: task.name)


def train_part(task, seed, output, epoch):
    return joined(task.train_chunks(seed, output, epoch))


def assert_is_part(part, task, output, n):
    """Check a part against what the task announces: shapes, types, order in memory, ranges."""
    shape = task.shape(output)
    T = shape.seq_len
    steps = () if output == "last" else (T,)
    if task.has_symbols:
        assert part.x.dtype == np.int64
        assert part.x.shape == (n, T)
        assert part.x.min() >= 0
        assert part.x.max() < shape.input_size
    else:
        assert part.x.dtype == np.float64
        assert part.x.shape == (n, T, shape.input_size)
    if task.n_classes:
        assert shape.output_size == task.n_classes
        assert part.y.dtype == np.int64
        assert part.y.shape == (n, *steps)
    else:
        assert part.y.dtype == np.float64
        assert part.y.shape == (n, *steps, shape.output_size)
    low, high = task.target_range()
    assert low <= part.y.min()
    assert part.y.max() <= high
    if part.persistence is not None:
        assert part.persistence.shape == part.y.shape
        assert part.persistence.dtype == np.float64
    if part.lengths is not None:
        assert part.lengths.dtype == np.int64
        assert part.lengths.shape == (n,)
        assert part.lengths.min() >= 1
        assert part.lengths.max() <= T
        past = np.arange(T) >= part.lengths[:, np.newaxis]
        assert not part.x[past].any()
        assert output == "last" or not part.y[past].any()
    assert all(array is None or array.flags.c_contiguous for array in part)


@GENERATED
def test_arrays_are_as_announced(task):
    assert task.output in task.outputs == task.available_outputs
    for output in task.outputs:
        for part, n in zip(task.data(0, output), task.shape(output)[3:], strict=True):
            assert_is_part(part, task, output, n)


def assert_same(part, other):
    for one, two in zip(part, other, strict=True):
        assert (one is None) == (two is None)
        if one is not None:
            np.testing.assert_array_equal(one, two)


@GENERATED
def test_a_seed_gives_the_same_data_again(task):
    for output in task.outputs:
        for part, again in zip(task.data(3, output), task.data(3, output), strict=True):
            assert_same(part, again)
        assert not np.array_equal(task.data(3, output).train.x, task.data(4, output).train.x)


@GENERATED
def test_each_part_comes_from_its_own_stream(task):
    output = task.output
    train, val, test = (part.x[:50] for part in task.data(0, output))
    assert not np.array_equal(train, val)
    assert not np.array_equal(val, test)
    assert not np.array_equal(train, test)
    # A part does not depend on how many sequences the others have.
    fewer = task.model_copy(update={"n_train": 10}).data(0, output)
    assert_same(fewer.val, task.data(0, output).val)


@pytest.mark.parametrize(
    "task", [task for task in DRAWN if len(task.outputs) > 1], ids=lambda task: task.name
)
def test_outputs_share_their_inputs_and_the_last_is_one_of_every(task):
    last, every = task.data(5, "last"), task.data(5, "every")
    for one, all_ in zip(last, every, strict=True):
        np.testing.assert_array_equal(one.x, all_.x)
        np.testing.assert_array_equal(one.y, all_.y[:, -1])


@GENERATED
def test_training_sequences_are_fresh_in_every_epoch_on_demand(task):
    first = task.data(2, task.output).train
    for epoch in (0, 1, 7):
        assert_same(train_part(task, 2, task.output, epoch), first)
    fresh = task.model_copy(update={"fresh": True})
    assert_same(train_part(fresh, 2, task.output, 0), first)
    second = train_part(fresh, 2, task.output, 1)
    assert_is_part(second, task, task.output, task.n_train)
    assert not np.array_equal(second.x, first.x)
    assert not np.array_equal(second.x, train_part(fresh, 2, task.output, 2).x)
    assert not np.array_equal(second.x, train_part(fresh, 3, task.output, 1).x)
    assert_same(second, train_part(fresh, 2, task.output, 1))
    assert_same(fresh.data(2, task.output).val, task.data(2, task.output).val)


@GENERATED
def test_fresh_is_part_of_the_identity(task):
    assert task.identity()["fresh"] is False
    assert task.model_copy(update={"fresh": True}).identity() != task.identity()


@pytest.mark.parametrize(
    "task", [task for task in DRAWN if task.scores], ids=lambda task: task.name
)
def test_a_task_measures_the_scores_that_it_announces(task):
    part = task.data(0, task.output).val
    shape = task.shape(task.output)
    steps = () if task.output == "last" else (shape.seq_len,)
    outputs = np.random.default_rng(0).standard_normal((len(part.x), *steps, shape.output_size))
    measured = task.score(outputs.astype(np.float32), part)
    assert tuple(measured) == task.scores
    assert all(type(value) is float and 0 <= value <= 1 for value in measured.values())


def test_n_test_is_n_val_by_default():
    assert ADDING.n_test == 100
    assert ADDING.shape().n_test == 100
    assert SINE.n_test == 50


@pytest.mark.parametrize("seq_len", [2, 3, 10, 11])
def test_adding_marks_one_value_in_each_half(seq_len):
    x, y, persistence, *_ = Adding(seq_len=seq_len, n_train=500).data(0).train
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
    measured = baselines(Adding(seq_len=4, n_train=n, n_val=n).data(0), "mse")
    # E (s - 1)^2 = 1/6 and E (s - 1)^4 = 1/15, so the standard error is sqrt(7/180/n) = 0.0014.
    assert abs(measured["mean"] - 1 / 6) < 5 * math.sqrt(7 / 180 / n)
    assert list(measured) == ["mean"]


def test_sine_without_noise_obeys_its_recurrence():
    task = Sine(seq_len=9, noise=0.0, min_frequency=0.1, max_frequency=0.2)
    x, y, *_ = task.data(0).train
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


def test_a_lowest_frequency_above_the_highest_is_refused():
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


def test_notebook_targets_lie_in_the_announced_range():
    assert Notebook().target_range() == (1.0, 1.0)
    assert Notebook().predictor_losses(Notebook().data(0), "mse") == []


def test_tasks_are_frozen_strict_and_closed():
    with pytest.raises(ValidationError):
        ADDING.seq_len = 3
    for keys in ({"seq_len": "10"}, {"seq_len": True}, {"seq_len": 4.0}, {"seq_len": 4, "n": 1}):
        with pytest.raises(ValidationError):
            Adding(**keys)
    with pytest.raises(ValidationError):
        Sine(seq_len=4, noise=math.nan)


def test_the_outputs_of_a_task_are_those_of_the_sweep_file():
    for task in TASKS.values():
        assert set(task.outputs) <= {"last", "every"}


def test_a_section_of_the_page_on_tasks_names_the_keys_of_its_task():
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text("utf-8")
    sections = dict(part.split("\n", 1) for part in page.split("\n## ")[1:])
    del sections["Your own task"]  # its keys are those of a user's function
    for name, text in sections.items():
        own = set(TASKS[name].model_fields) - {"name", "n_train", "n_val", "n_test", "fresh"}
        assert all(f"`{key}`" in text for key in own), (name, own)
        assert f"| [`{name}`](#{name}) |" in page
