"""The user's data in each precision: what it cannot represent is refused, with its place."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sweep_cases import load

from rnnsweep.errors import SweepError
from rnnsweep.sweepfile.rules import data as data_rules
from rnnsweep.vocabulary import DTYPES

REST = """
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
"""
RNG = np.random.default_rng(0)
X, Y = RNG.uniform(-1, 1, (20, 4, 2)), RNG.uniform(-1, 1, (20, 1))
SERIES = RNG.uniform(-1, 1, 60).tolist()
NPZ = '[task]\nname = "npz"\npath = "a.npz"\n'
CSV = '[task]\nname = "csv"\npath = "a.csv"\ntarget = "y"\nwindow = 3\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


def of_npz(folder, train="", model="", **arrays):
    np.savez(folder / "a.npz", **{"x": X, "y": Y} | arrays)
    return load(folder, NPZ + REST.replace("[train]\n", f"{model}[train]\n") + train)


def of_csv(folder, column, task="", train="", names="x,y"):
    lines = (f"{i % 7},{value!r}\n" for i, value in enumerate(column))
    (folder / "a.csv").write_text(names + "\n" + "".join(lines))
    return load(folder, CSV + task + REST + train)


def fault_of(read, *arguments, **words):
    with pytest.raises(SweepError) as caught:
        read(*arguments, **words)
    return str(caught.value)


def in_kernels(values, dtype):
    """The values as a kernel takes them: subnormal numbers are 0."""
    with np.errstate(over="ignore"):
        taken = np.asarray(values).astype(dtype)
    return np.where(abs(taken) < np.finfo(dtype).tiny, np.zeros_like(taken), taken)


def loss_in_kernels(loss, error, dtype, delta):
    real = np.dtype(dtype).type
    with np.errstate(over="ignore", invalid="ignore"):
        if loss == "mae":
            return abs(error)
        if loss == "mse":
            return in_kernels(error * error, dtype)
        near = np.clip(error, -real(delta), real(delta))
        return in_kernels(near * (error - real(0.5) * near), dtype)


@settings(deadline=None, max_examples=300)
@given(
    scale=st.floats(-305, 308),
    dtype=st.sampled_from(list(DTYPES)),
    loss=st.sampled_from(["mse", "mae", "huber"]),
    delta=st.sampled_from([1.0, 1e-30, 1e20]),
)
@example(scale=20.0, dtype="float32", loss="mse", delta=1.0)
@example(scale=39.0, dtype="float32", loss="mae", delta=1.0)
@example(scale=-25.0, dtype="float32", loss="mse", delta=1.0)
@example(scale=-46.0, dtype="float32", loss="mae", delta=1.0)
@example(scale=-20.0, dtype="float32", loss="huber", delta=1.0)
def test_losses_of_what_is_taken_are_neither_0_nor_infinite(folder, scale, dtype, loss, delta):
    y = Y * 10.0**scale
    train = f'dtype = "{dtype}"\nloss = "{loss}"\n'
    if loss == "huber":
        train += f"huber_delta = {delta!r}\n"
    y_in = in_kernels(y, dtype)
    middle = in_kernels(y[:12].max() / 2 + y[:12].min() / 2, dtype)  # of the training targets
    at_0 = loss_in_kernels(loss, y_in, dtype, delta)
    with np.errstate(over="ignore", invalid="ignore"):
        at_best = loss_in_kernels(loss, in_kernels(y_in - middle, dtype), dtype, delta)
    fine = np.isfinite(at_0).all() and at_best[:12].max() > 0
    try:
        of_npz(folder, train, y=y)
    except SweepError as error:
        message = str(error)
        assert '[task] path = "a.npz", [train] dtype' in message
        assert '"y"[' in message
        # A rounding next to a limit may go either way.
        near_limit = (
            at_0.max() > np.finfo(dtype).max / 1e3 or at_best.max() < 2 * np.finfo(dtype).tiny
        )
        assert near_limit or not fine
    else:
        assert fine


@pytest.mark.parametrize(
    ("place", "array"), [("x", X), ("y", Y), ("x_val", X[:4]), ("y_val", Y[:4]), ("y_test", Y[:4])]
)
def test_the_first_place_of_a_number_that_is_infinite(folder, place, array):
    values = array.copy()
    values[3], values[2].flat[0] = 1e39, 1e39
    arrays = {"x_val": X[:4], "y_val": Y[:4], "x_test": X[:4], "y_test": Y[:4], place: values}
    first = ", ".join(["2"] + ["0"] * (array.ndim - 1))
    message = fault_of(of_npz, folder, 'loss = "mae"\n', **arrays)
    assert f'"{place}"[{first}] is 1e+39, infinite in float32' in message
    assert 'scale the array; or take dtype = "float64"' in message
    assert of_npz(folder, 'loss = "mae"\ndtype = "float64"\n', **arrays)


def test_what_counts_for_nothing_may_be_anything(folder):
    x, y = X.copy(), RNG.uniform(-1, 1, (20, 4, 1))
    x[3, 3], y[3, 3] = 1e39, 1e39
    lengths = np.full(20, 4)
    assert '"x"[3, 3, 0]' in fault_of(of_npz, folder, x=x, lengths=lengths)
    assert '"y"[3, 3, 0]' in fault_of(of_npz, folder, y=y, lengths=lengths)
    lengths[3] = 3
    assert of_npz(folder, x=x, y=y, lengths=lengths)
    early = RNG.uniform(-1, 1, (20, 4, 1))
    early[5, 1] = 1e30
    assert '"y"[5, 1, 0] is 1e+30, a target whose mse' in fault_of(of_npz, folder, y=early)
    assert of_npz(folder, model='output = "last"\n', y=early)


def test_small_numbers_next_to_others_are_rounding(folder):
    x, y = X.copy(), Y.copy()
    x[:10], y[:10] = 1e-300, 1e-300
    assert of_npz(folder, x=x, y=y)
    assert of_npz(folder, y=np.zeros((20, 1)))
    assert of_npz(folder, y=np.ones((20, 1)), x=np.zeros((20, 4, 2)))
    assert of_npz(folder, y=np.where(np.arange(20) % 2, 0.3, 0.1 + 0.2)[:, None])


@pytest.mark.parametrize("name", ["x", "y"])
def test_a_column_that_is_0_is_refused(folder, name):
    values = {"x": X, "y": Y}[name].copy()
    values[..., -1] *= 1e-40
    message = fault_of(of_npz, folder, 'loss = "mae"\n', **{name: values})
    assert f'all of "{name}"[..., {values.shape[-1] - 1}] is 0 in float32' in message
    assert of_npz(folder, 'loss = "mae"\ndtype = "float64"\n', **{name: values})


@pytest.mark.parametrize("name", ["x", "y"])
def test_a_column_whose_differences_are_lost_is_refused(folder, name):
    values = {"x": X, "y": Y}[name] + 1e9
    message = fault_of(of_npz, folder, **{name: values})
    assert "which are one number in float32" in message
    assert of_npz(folder, 'dtype = "float64"\n', **{name: values})


def test_a_series(folder):
    none = 'scaling = "none"\n'
    assert of_csv(folder, [v * 1e30 for v in SERIES])  # scaled to 1
    assert of_csv(folder, [v * 1e-100 for v in SERIES])
    large = [*SERIES[:30], 1e20, *SERIES[30:]]
    message = fault_of(of_csv, folder, large, none)
    assert '[task] path = "a.csv", [train] dtype = "float32" (the default): row 31 of' in message
    assert 'column "y" is 1e+20, a target whose mse is infinite in float32; take scaling' in message
    assert of_csv(folder, large, none, 'loss = "mae"\n')
    message = fault_of(of_csv, folder, [v * 1e-25 for v in SERIES], none)
    assert 'on column "y" the best constant is wrong by' in message
    late = [*SERIES, 1e60]
    assert 'row 61 of column "y", scaled, is' in fault_of(of_csv, folder, late)
    assert 'take dtype = "float64"' in fault_of(of_csv, folder, late)
    assert of_csv(folder, late, train='dtype = "float64"\n')
    assert 'dtype = "float64"' not in fault_of(of_csv, folder, [*SERIES, 1e200]).split(":", 3)[-1]


def test_inputs_of_a_series(folder):
    lines = "".join(f"{1e39 if i == 4 else i},{i % 5}\n" for i in range(60))
    (folder / "a.csv").write_text("x,y\n" + lines)
    text = CSV + 'inputs = ["y", "x"]\nscaling = "none"\n' + REST
    assert 'row 5 of column "x" is 1e+39, infinite in float32' in fault_of(load, folder, text)


def test_each_trial_has_its_own_precision_loss_and_file(folder):
    np.savez(folder / "b.npz", x=X, y=Y * 1e20)
    np.savez(folder / "a.npz", x=X, y=Y)
    text = NPZ.replace('path = "a.npz"\n', "") + REST
    text += '[grid]\ntask.path = ["a.npz", "b.npz"]\ntrain.dtype = ["float32", "float64"]\n'
    text += 'train.loss = ["mse", "mae"]\n'
    (line,) = fault_of(load, folder, text).splitlines()[1:]
    assert '[grid] task.path = "b.npz", [grid] train.dtype = "float32": "y"[' in line
    gone = {"task.path": "b.npz", "train.dtype": "float32", "train.loss": "mse"}
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in gone.items())
    assert len(load(folder, f"{text}[[exclude]]\n{''.join(lines)}")) == 7


@given(st.integers(0, 5000), st.integers(1, 2000), st.integers(0, 9))
@settings(deadline=None, max_examples=30)
def test_the_ends_of_columns(n_rows, n_columns, seed):
    values = np.random.default_rng(seed).normal(size=(min(n_rows, 10**6 // n_columns), n_columns))
    low, high = data_rules._ends(values)
    if len(values):
        np.testing.assert_array_equal(low, values.min(axis=0))
        np.testing.assert_array_equal(high, values.max(axis=0))
    else:
        assert not low.any()
        assert not high.any()


@pytest.mark.parametrize("fill", [9.96921e36, 1e20, -1e300])
def test_a_fill_value_that_leaves_one_number_of_the_other_rows(folder, fill):
    rng = np.random.default_rng(0)
    column = rng.random(60).tolist()
    column[20] = fill
    message = fault_of(of_csv, folder, column)
    assert "the different values of the validation part" in message
    assert f"{abs(fill):g} in a training row" in message
