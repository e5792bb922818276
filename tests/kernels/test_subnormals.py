"""Subnormal numbers are zero in every kernel that Python calls, and kept everywhere else."""

import threading

import numpy as np
import pytest
from numba import config, njit
from some_cells import CELLS
from training_cases import GO_ON, Case, Rule

from rnnsweep import Model
from rnnsweep.kernels.flags import ENTRY
from rnnsweep.kernels.subnormals import FLUSHES, flush_subnormals, restore_mode
from rnnsweep.vocabulary import DTYPES

pytestmark = pytest.mark.skipif(not FLUSHES, reason="kernels keep subnormal numbers here")

# Two normal numbers with a subnormal product.
FACTORS = {"float32": (1e-30, 1e-10), "float64": (1e-200, 1e-110)}


@njit(**ENTRY)
def mode_of_thread():
    """Return the mode that the caller is in."""
    mode = flush_subnormals()
    restore_mode(mode)
    return mode


@njit(**ENTRY)
def set_mode(mode):
    restore_mode(mode)


@njit(**ENTRY)
def multiplied(a, b, out):
    """Multiply in flush mode, then in the mode of the caller."""
    mode = flush_subnormals()
    out[0] = a[0] * b[0]
    restore_mode(mode)
    out[1] = a[0] * b[0]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_product_is_flushed_inside_and_kept_outside(dtype):
    a, b = (np.array([factor], dtype) for factor in FACTORS[dtype])
    out = np.ones(2, dtype)
    multiplied(a, b, out)
    assert out[0] == 0
    assert 0 < out[1] < np.finfo(dtype).tiny


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_subnormal_operand_is_zero(dtype):
    out = np.ones(2, dtype)
    multiplied(np.array([np.finfo(dtype).tiny / 4], dtype), np.array([1e10], dtype), out)
    assert out[0] == 0
    assert out[1] > 0


def linear(dtype, cell="rnn", **words):
    model = Model(
        cell=cell, input_size=1, hidden_size=1, output_size=1, activation="identity",
        dtype=dtype, **words,
    )  # fmt: skip
    return model, {name: np.zeros_like(value) for name, value in model.init(0).items()}


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_predictions_are_flushed(dtype, output):
    small, smaller = FACTORS[dtype]
    model, params = linear(dtype, output=output)
    params["W_xh"][:] = small
    params["W_hy"][:] = 1
    assert model.forward(params, np.full((1, 1, 1), smaller)).item() == 0
    assert model.forward(params, np.full((1, 1, 1), 1.0)).item() == pytest.approx(small)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_are_flushed(dtype):
    # dW_xh = 2 (y - target) W_hy x: a normal number times two that make it subnormal.
    small, smaller = FACTORS[dtype]
    model, params = linear(dtype)
    params["W_hy"][:] = small
    _, gradients = model.loss_and_gradients(params, np.full((1, 1, 1), smaller), np.ones((1, 1)))
    assert gradients["W_xh"].item() == 0
    assert gradients["b_h"].item() == pytest.approx(-2 * small)


def still_at_zero(dtype, learning_rate, target):
    """Return a training whose outputs are its b_y, from 0."""
    case = Case(Rule(learning_rate=learning_rate), dtype=dtype, n_train=1, n_val=1)
    for part in case.parts:
        part.target[:] = target
    run = case.start()
    run.learner.params[:] = 0
    return run, case.orders(1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_update_is_flushed(dtype):
    rate, target = FACTORS[dtype]
    run, orders = still_at_zero(dtype, rate, target)
    run.train(orders, GO_ON)
    assert run.learner.params[-1] == 0  # rate * 2 * target is subnormal
    run, orders = still_at_zero(dtype, rate, 1.0)
    run.train(orders, GO_ON)
    assert run.learner.params[-1] == pytest.approx(2 * rate)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_evaluation_is_flushed(dtype):
    run, _ = still_at_zero(dtype, 0.1, 0.0)
    root = {"float32": 1e-20, "float64": 1e-155}[dtype]  # its square is subnormal
    for value, loss in ((root, 0.0), (100 * root, (100 * root) ** 2)):
        run.learner.best[:] = 0
        run.learner.best[-1] = value
        assert run.best_loss(run.val_part, GO_ON) == pytest.approx(loss, rel=1e-6, abs=0)


def every_entry(case):
    """Return calls of every kernel that Python calls."""
    model, params = case.model, case.model.init(0)
    x, y, lengths = case.parts[0]
    run = case.start()
    run.train(case.orders(1), GO_ON)
    return {
        "predict": lambda: model.forward(params, x, lengths=lengths),
        "loss_and_gradients": lambda: model.loss_and_gradients(params, x, y, lengths=lengths),
        "train_epochs": lambda: run.train(case.orders(1), GO_ON),
        "interrupted": lambda: run.train(case.orders(1), np.ones(1, np.int64)),
        "evaluate": lambda: run.best_loss(run.val_part, GO_ON),
    }


@pytest.mark.parametrize("cell", CELLS)
def test_every_kernel_restores_the_mode(cell):
    # Rounding towards zero, bits 13 and 14 on x86, 22 and 23 on Arm: nobody's default.
    usual = mode_of_thread()
    odd = usual | (0x6000 if usual & 0x1F80 else 0xC00000)
    for name, call in every_entry(Case(Rule(), cell=cell, with_lengths=True)).items():
        for mode in (usual, odd):
            set_mode(mode)
            try:
                call()
                after = mode_of_thread()
            finally:
                set_mode(usual)
            # The lowest six bits of x86 record what has happened.
            assert after & ~0x3F == mode & ~0x3F, name


def test_the_mode_of_the_caller_changes_no_result():
    results = []
    usual = mode_of_thread()

    def train():
        case = Case(Rule(learning_rate=0.5), activation="sigmoid", dtype="float32")
        case.parts[0].x[:] *= 60  # saturated
        run = case.start()
        _, rows = run.train(case.orders(5), GO_ON)
        results.append((rows.tobytes(), run.learner.params.tobytes()))

    train()
    flush_for_good()
    try:
        train()
    finally:
        set_mode(usual)
    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert results[0] == results[1] == results[2]


@njit(**ENTRY)
def flush_for_good():
    flush_subnormals()


def test_numpy_keeps_subnormal_numbers_after_a_training():
    case = Case(Rule())
    case.start().train(case.orders(1), GO_ON)
    assert np.float32(1e-30) * np.float32(1e-10) > 0
    assert not config.DISABLE_JIT
