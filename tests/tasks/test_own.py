"""A user's function as a task: its arrays, its keys, its loss and output, its id."""

import numpy as np
import pytest
from own_cases import MAJORITY, make, sources_of
from task_cases import baselines

from rnnsweep.random_streams import TEST_DATA, TRAIN_DATA, VAL_DATA, stream
from rnnsweep.sweepfile.trial_id import task_text
from rnnsweep.tasks import DataError
from rnnsweep.tasks.own.task import own_task

FORMS = """
import numpy as np

def numbers(rng, n):
    return rng.random((n, 4, 2)), rng.random((n, 3))

def numbers_at_every_step(rng, n):
    return rng.random((n, 4, 2)), rng.random((n, 4, 3))

def symbols_and_classes(rng, n):
    return rng.integers(5, size=(n, 4)), rng.integers(3, size=(n, 4))

def counts(rng, n):
    counts = {"n_classes": np.uint8(7), "n_symbols": 9, "baseline": np.longdouble(0.5)}
    return {"x": np.zeros((n, 4), int), "y": np.zeros(n, int), **counts}

def every_type(rng, n, x_type: str, y_type: str):
    return np.ones((n, 4, 1), x_type), (rng.random(n) < 0.5).astype(y_type)

def lists(rng, n):
    return [[[1.0], [2]]] * n, [[0.5]] * n

def without_lengths(rng, n):
    return rng.random((n, 4, 2)), rng.random((n, 3)), None

def padded(rng, n):
    lengths = rng.integers(2, 5, size=n)
    x, y = rng.random((n, 4, 1)), rng.integers(2, size=(n, 4))
    past = np.arange(4) >= lengths[:, None]
    x[past], y[past] = np.nan, -1
    return x, y, lengths

def masked(rng, n):
    x, y = rng.random((n, 4, 1)), rng.random((n, 4, 1))
    mask = np.arange(4) % 2 == 1
    y[:, ~mask] = np.nan
    return {"x": x, "y": y, "mask": np.tile(mask, (n, 1))}

def with_baseline(rng, n):
    return {"x": rng.random((n, 4, 1)), "y": rng.random((n, 1)), "baseline": float(n)}

def spawned(rng, n):
    one, other = rng.spawn(2)
    return one.random((n, 4, 1)), other.random((n, 1))

def of_all_types(rng, n, *, a: int, b: "float", c: str, d: bool, e=1, f=0.5, g="no", h=True):
    assert [type(v) for v in (a, b, c, d, e, f, g, h)] == [int, float, str, bool] * 2
    return rng.random((n, 4, 1)) + a + b + len(c) + d, rng.random((n, 1)) + e + f + len(g) + h
"""


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    return sources_of(tmp_path_factory.mktemp("own"), FORMS)


@pytest.fixture(scope="module")
def majority(tmp_path_factory):
    return make(sources_of(tmp_path_factory.mktemp("own"), MAJORITY), "majority", seq_len=5)


def test_each_part_comes_from_its_own_stream(majority):
    namespace = {}
    exec(MAJORITY, namespace)
    for seed in (0, 3):
        parts = majority.data(seed)
        for part, name, n in zip(
            parts, (TRAIN_DATA, VAL_DATA, TEST_DATA), (20, 10, 10), strict=True
        ):
            x, y = namespace["majority"](stream(seed, name), n, seq_len=5)
            np.testing.assert_array_equal(part.x, x)
            np.testing.assert_array_equal(part.y, y)
            assert (part.x.dtype, part.y.dtype) == (np.float64, np.int64)
            assert part.lengths is part.mask is part.persistence is part.baseline is None
    assert majority.shape() == (5, 1, 2, 20, 10, 10)
    assert (majority.loss, majority.output) == ("cross_entropy", "last")
    assert majority.output_activation == "identity"
    assert majority.line == "More ones than zeros?"


def test_each_epoch_may_have_new_sequences(forms):
    task = make(forms, "numbers", fresh=True)
    epochs = [next(task.train_chunks(1, "last", epoch)).x for epoch in range(3)]
    np.testing.assert_array_equal(epochs[0], task.data(1).train.x)
    np.testing.assert_array_equal(epochs[2], stream(1, f"{TRAIN_DATA} 2").random((20, 4, 2)))
    assert not np.array_equal(epochs[0], epochs[1])


@pytest.mark.parametrize(
    ("function", "loss", "outputs", "shape"),
    [
        ("numbers", "mse", ("last",), (4, 2, 3)),
        ("without_lengths", "mse", ("last",), (4, 2, 3)),
        ("numbers_at_every_step", "mse", ("last", "every"), (4, 2, 3)),
        ("symbols_and_classes", "cross_entropy", ("last", "every"), (4, 5, 3)),
        ("counts", "cross_entropy", ("last",), (4, 9, 7)),
        ("lists", "mse", ("last",), (2, 1, 1)),
        ("padded", "cross_entropy", ("last", "every"), (4, 1, 2)),
        ("masked", "mse", ("every",), (4, 1, 1)),
    ],
)
def test_the_arrays_decide_loss_and_output(forms, function, loss, outputs, shape):
    task = make(forms, function)
    assert (task.loss, task.available_outputs, task.output) == (loss, outputs, outputs[-1])
    assert task.shape()[:3] == shape
    for output in outputs:
        assert all(
            array is None or array.flags.c_contiguous
            for part in task.data(0, output)
            for array in part[:5]
        )


@pytest.mark.parametrize("x_type", ["bool", "uint8", "float16", "longdouble", ">f4"])
@pytest.mark.parametrize("y_type", ["bool", "int8", "uint64", ">i2"])
def test_numbers_of_every_type_are_cast(forms, x_type, y_type):
    task = make(forms, "every_type", x_type=x_type, y_type=y_type)
    part = task.data(0).train
    assert (part.x.dtype, part.y.dtype) == (np.float64, np.int64)
    assert (part.x == 1).all()
    np.testing.assert_array_equal(part.y, stream(0, TRAIN_DATA).random(20) < 0.5)
    assert task.n_classes == 2


def test_the_last_target_is_that_of_the_last_time_step(forms):
    last, every = (make(forms, "padded").data(0, output).train for output in ("last", "every"))
    for i, length in enumerate(last.lengths):
        assert last.y[i] == every.y[i, length - 1]
        assert not every.y[i, length:].any()
        assert not every.x[i, length:].any()


def test_targets_outside_the_mask_are_zero(forms):
    part = make(forms, "masked").data(0, "every").train
    np.testing.assert_array_equal(part.mask, np.tile([False, True, False, True], (20, 1)))
    assert (part.y[:, [0, 2]] == 0).all()
    assert (part.y[:, [1, 3]] > 0).all()


def test_baselines_are_those_of_arrays_or_the_functions_own(forms):
    task = make(forms, "masked")
    parts = task.data(0, "every")
    (mean,) = task.predictor_losses(parts, "mse")
    counted = [part.y[:, [1, 3]] for part in parts]
    assert mean.name == "mean"
    for loss, y in zip(mean[1:], counted[1:], strict=True):
        np.testing.assert_allclose(loss, ((y - counted[0].mean()) ** 2).mean(), rtol=1e-12)
    task = make(forms, "with_baseline", n_test=5)
    assert baselines(task.data(0), "mse").keys() == {"mean"}
    assert task.predictor_losses(task.data(0), "mse") == [("baseline", 10.0, 5.0)]


def test_a_generator_spawns_the_same_ones_again(forms):
    data = make(forms, "spawned").data(0)
    one, other = stream(0, TRAIN_DATA).spawn(2)
    np.testing.assert_array_equal(data.train.x, one.random((20, 4, 1)))
    np.testing.assert_array_equal(data.train.y, other.random((20, 1)))
    assert not np.array_equal(data.train.x[:10], data.val.x)


def test_keys_come_from_the_signature(forms):
    values = {"a": 3, "b": 2.5, "c": "abc", "d": True}
    task = make(forms, "of_all_types", **values)
    fields = type(task).model_fields
    assert [*fields] == ["name", *"abcdefgh", "n_train", "n_val", "n_test", "fresh"]
    assert [name for name in "abcdefgh" if fields[name].is_required()] == list("abcd")
    assert task.model_dump()["e"] == 1
    np.testing.assert_array_equal(
        task.data(0).train.x, stream(0, TRAIN_DATA).random((20, 4, 1)) + 3 + 2.5 + 3 + 1
    )


def test_what_a_function_prints_goes_to_standard_error(tmp_path, capfd):
    text = MAJORITY.replace(
        "    x = ", "    import os; print('one'); os.system('echo two')\n    x = "
    )
    make(sources_of(tmp_path, text), "majority").data(0)
    output, errors = capfd.readouterr()
    assert output == ""
    assert {"one", "two"} == set(errors.split())


@pytest.mark.parametrize("what", ["sys.stdout.close()", "sys.stdout = None"])
def test_a_function_may_do_without_standard_output(tmp_path, capfd, what):
    text = MAJORITY.replace("    x = ", f"    import sys; {what}\n    x = ")
    make(sources_of(tmp_path, text), "majority").data(0)
    assert capfd.readouterr() == ("", "")


def test_a_file_may_import_what_lies_in_its_folder(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "levels.py").write_text("LEVEL = 3.0\n")
    (folder / "my.py").write_text(
        "import levels\n"
        "def f(rng, n):\n"
        "    import levels as again\n"
        "    return rng.random((n, 2, 1)) + again.LEVEL, rng.random((n, 1))\n"
    )
    sources = sources_of(tmp_path, "")
    word = "code/my.py:f"
    task = own_task(word, sources).model_validate({"name": word, "n_train": 4}, context=sources)
    assert (task.data(0).train.x >= 3).all()


def test_the_content_of_the_file_decides_the_id(tmp_path):
    def text_of(name, content=MAJORITY, function="majority", **keys):
        folder = tmp_path / name
        folder.mkdir()
        return task_text(make(sources_of(folder, content), function, **keys))

    one = text_of("a")
    assert text_of("b") == one
    assert text_of("c", MAJORITY + "# more\n") != one
    assert text_of("d", p=0.5) == one
    assert text_of("e", p=0.4) != one
    both = MAJORITY + MAJORITY.replace("majority", "other")
    assert text_of("f", both) != text_of("g", both, "other")


def test_data_that_are_of_another_form_later_are_an_error(tmp_path):
    text = """
def steps(rng, n):
    return rng.random((n, 4 if n < 20 else 5, 1)), rng.random((n, 1))

def classes(rng, n):
    return rng.random((n, 4, 1)), rng.integers(3 if n < 25 else 4, size=n)

def error(rng, n):
    if n == 20:
        return rng.nothing
    return rng.random((n, 4, 1)), rng.random((n, 1))
"""
    sources = sources_of(tmp_path, text)
    cases = {
        "steps": 'my.py, line 2, steps: "x" has 5 time steps in one call and 4 in another; pad',
        "classes": 'my.py, line 5, classes: "y" holds 3, and the calls that were to show',
        "error": "my.py, line 10: AttributeError: ",
    }
    for function, message in cases.items():
        task = make(sources, function, n_val=30 if function == "classes" else 10)
        with pytest.raises(DataError) as caught:
            task.data(0)
        assert str(caught.value).startswith(message)
