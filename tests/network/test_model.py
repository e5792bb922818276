"""A model computes: outputs, losses and gradients, and the initial parameters of a trial."""

import doctest

import naive_training
import numpy as np
import pytest
from model_cases import SIZES, TARGET, X
from some_cells import CELLS

import rnnsweep
from rnnsweep.cells import CELLS as RECORDS
from rnnsweep.network import model as model_module
from rnnsweep.network.layout import join
from rnnsweep.network.model import Model
from rnnsweep.sweepfile import Config, ModelConfig, TrainConfig, Trial
from rnnsweep.tasks.adding import Adding
from rnnsweep.training.session import Session
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import DTYPES, INITIALIZATIONS, OUTPUTS


def test_it_is_a_public_name():
    assert rnnsweep.Model is Model


def test_the_example_of_its_docstring():
    failed, tried = doctest.testmod(model_module)
    assert tried > 0
    assert failed == 0


# ---- what it returns


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(("n_batch", "seq_len"), [(1, 1), (4, 6), (40, 2)])
def test_shapes_and_precision(cell, dtype, output, n_batch, seq_len):
    model = Model(**SIZES, cell=cell, num_layers=2, output=output, dtype=dtype)
    params = model.init(3)
    x = np.zeros((n_batch, seq_len, 3))
    y = model.forward(params, x)
    assert y.shape == ((n_batch, seq_len, 2) if output == "every" else (n_batch, 2))
    assert y.dtype == dtype
    loss, grads = model.loss_and_gradients(params, x, y)
    assert type(loss) is float
    assert loss == 0.0  # the target is the output
    assert {name: (grad.shape, grad.dtype) for name, grad in grads.items()} == {
        name: (value.shape, value.dtype) for name, value in params.items()
    }


def test_the_last_output_is_the_last_of_every(params):
    every = Model(**SIZES, output="every", dtype="float64").forward(params, X)
    last = Model(**SIZES, dtype="float64").forward(params, X)
    # The same sums; another number of rows may take another tile: some eps.
    np.testing.assert_allclose(every[:, -1], last, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_any_kind_are_taken(dtype):
    model = Model(**SIZES, dtype=dtype)
    rng = np.random.default_rng(2)
    params = {name: rng.integers(-1, 2, v.shape) / 4 for name, v in model.init().items()}
    x, target = rng.integers(0, 2, (4, 6, 3)), rng.integers(0, 2, (4, 2))
    want = model.loss_and_gradients(params, x.astype(dtype), target.astype(dtype))
    read_only = x.astype(float)
    read_only.flags.writeable = False
    strided = np.zeros((4, 12, 6))
    strided[:, ::2, ::2] = x
    for other in (
        x,
        x.astype(bool),
        x.astype(np.float32),
        np.asfortranarray(x),
        strided[:, ::2, ::2],
        read_only,
        x.tolist(),
    ):
        loss, grads = model.loss_and_gradients(params, other, target.tolist())
        assert loss == want[0]
        for name, grad in grads.items():
            np.testing.assert_array_equal(grad, want[1][name])
    fortran = {name: np.asfortranarray(value) for name, value in params.items()}
    assert model.loss_and_gradients(fortran, x, target)[0] == want[0]


def test_float32_is_near_float64(params):
    x = X.astype(np.float32)
    narrow = {name: value.astype(np.float32) for name, value in params.items()}
    y32 = Model(**SIZES, dtype="float32").forward(narrow, x)
    y64 = Model(**SIZES, dtype="float64").forward(narrow, x)
    # Six time steps of sums of a few terms below 1: some eps of float32, and not 0.
    np.testing.assert_allclose(y32, y64, rtol=0, atol=2e-6)
    assert np.any(y32 != y64)


def test_arguments_are_left_as_they_were(model, params):
    kept = {name: value.copy() for name, value in params.items()}
    x, target = X.copy(), TARGET.copy()
    model.forward(params, x)
    _, grads = model.loss_and_gradients(params, x, target)
    grads["W_hh"][:] = 7  # what it returns is the caller's own
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(target, TARGET)
    for name, value in params.items():
        np.testing.assert_array_equal(value, kept[name])


def test_calls_leave_nothing_behind(model, params):
    first = model.loss_and_gradients(params, X, TARGET)
    model.loss_and_gradients(params, 9 * np.ones((50, 9, 3)), np.ones((50, 2)))
    again = model.loss_and_gradients(params, X, TARGET)
    assert first[0] == again[0]
    for name, grad in first[1].items():
        np.testing.assert_array_equal(grad, again[1][name])


def test_the_loss_is_that_of_forward(model, params):
    loss, _ = model.loss_and_gradients(params, X, TARGET)
    # A mean of eight squares: float64 rounding.
    assert loss == pytest.approx(np.mean((model.forward(params, X) - TARGET) ** 2), rel=1e-14)


def test_a_step_along_the_gradients_lowers_the_loss_by_their_square(model, params):
    loss, grads = model.loss_and_gradients(params, X, TARGET)
    rate = 1e-6
    moved = {name: value - rate * grads[name] for name, value in params.items()}
    lower, _ = model.loss_and_gradients(moved, X, TARGET)
    # First order in the rate; the second is of the size of the rate, relatively.
    assert loss - lower == pytest.approx(rate * naive_training.norm(grads) ** 2, rel=1e-4)


# ---- initial params


@pytest.mark.parametrize("init", INITIALIZATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_init_is_reproducible_and_the_caller_s_own(init, dtype):
    model = Model(**SIZES, init=init, dtype=dtype)
    first = model.init(seed=5)
    kept = {name: value.copy() for name, value in first.items()}
    for value in first.values():
        assert value.dtype == dtype
        value[...] = 0
    for name, value in Model(**SIZES, init=init, dtype=dtype).init(seed=5).items():
        np.testing.assert_array_equal(value, kept[name])
    assert any(np.any(value != kept[name]) for name, value in model.init(seed=6).items())


def test_both_precisions_draw_the_same():
    wide = Model(**SIZES, dtype="float64").init(1)
    for name, value in Model(**SIZES, dtype="float32").init(1).items():
        np.testing.assert_array_equal(value, wide[name].astype(np.float32))


def test_the_seed_is_0_unless_given(model):
    np.testing.assert_array_equal(model.init()["W_hh"], model.init(0)["W_hh"])


def test_init_gives_a_trial_s_own_params(monkeypatch):
    started = []
    start = Session.__init__

    def spy(self, *args, **options):
        start(self, *args, **options)
        started.append(self.learner.params.copy())

    monkeypatch.setattr(Session, "__init__", spy)
    config = Config(
        Adding(seq_len=2, n_train=1, n_val=1),
        ModelConfig(
            cell="gru",
            num_layers=2,
            hidden_size=5,
            init="orthogonal",
            init_input="normal",
            init_std=0.3,
            spectral_radius=0.9,
            init_connections=3,
            output="last",
            output_activation="identity",
        ),
        TrainConfig(loss="mse", learning_rate=0.1, epochs=1, dtype="float64"),
        seed=42,
        cell=RECORDS["gru"],
    )
    assert run_trial(Trial("t", config), np.zeros(1, np.int64)).status == "complete"
    model = Model(
        cell="gru",
        num_layers=2,
        input_size=2,
        hidden_size=5,
        output_size=1,
        init="orthogonal",
        init_input="normal",
        init_std=0.3,
        spectral_radius=0.9,
        init_connections=3,
        dtype="float64",
    )
    np.testing.assert_array_equal(started[0], model.init_flat(42))
    flat = join(model.init(42), model.sizes, model.dtype)
    np.testing.assert_array_equal(started[0], flat)
