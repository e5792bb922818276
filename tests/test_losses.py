"""Losses and their gradients, against the naive twin and known values.

With all weights 0 the outputs are g(b_y): a test chooses the sums before the output activation,
and the gradient of `b_y` is the loss's own, from the same compiled code as in training.
"""

import math

import naive
import numpy as np
import pytest

from rnnsweep.model import Model
from rnnsweep.vocabulary import DTYPES, LOSSES, OUTPUT_ACTIVATIONS

COMBINATIONS = [("mse", "identity"), ("mse", "sigmoid"), ("bce", "sigmoid")]


def measure(sums, target, loss="mse", output_activation="identity", dtype="float64"):
    """Return the loss of a batch of one with these sums, and its gradient by them."""
    model = Model(
        input_size=1,
        hidden_size=1,
        output_size=len(sums),
        output_activation=output_activation,
        dtype=dtype,
    )
    params = {name: np.zeros_like(value) for name, value in model.init().items()}
    params["b_y"] = np.array(sums, dtype)
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        value, grads = model.loss_and_gradients(params, np.zeros((1, 1, 1)), [target], loss)
    return value, grads["b_y"]


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def test_every_word_is_tested():
    assert {loss for loss, _ in COMBINATIONS} == LOSSES.keys()
    assert {activation for _, activation in COMBINATIONS} == OUTPUT_ACTIVATIONS.keys()


@pytest.mark.parametrize(("loss", "output_activation"), COMBINATIONS)
@pytest.mark.parametrize("n", [1, 7, 16, 17, 33])
def test_loss_and_gradient_equal_the_naive_twin(loss, output_activation, n, dtype):
    rng = np.random.default_rng(n)
    sums = rng.normal(0, 3, n).astype(dtype).astype(np.float64)
    target = rng.random(n).astype(dtype).astype(np.float64)
    y = naive.ACTIVATIONS[output_activation][0](sums)
    done = naive.Pass(None, None, sums, y)
    want = naive.sum_of_losses(loss, sums, y, target) / n
    network = naive.Network("tanh", output_activation)
    slopes = naive.output_slopes(network, loss, done, target) / n
    value, gradient = measure(sums, target, loss, output_activation, dtype)
    # The sigmoid's few ulp (test_elementary) of y below 1, then some products of sizes below 10.
    eps = float(np.finfo(dtype).eps)
    assert value == pytest.approx(want, rel=20 * eps)
    np.testing.assert_allclose(gradient, slopes, rtol=20 * eps, atol=20 * eps)


def test_known_values(dtype):
    eps = float(np.finfo(dtype).eps)
    value, gradient = measure([3.0, 1.0], [1.0, 1.0], dtype=dtype)
    assert value == 2.0  # (2**2 + 0) / 2, exactly
    np.testing.assert_array_equal(gradient, [2.0, 0.0])
    value, gradient = measure([0.0], [1.0], "bce", "sigmoid", dtype)
    assert value == pytest.approx(math.log(2), rel=eps)
    assert gradient == pytest.approx([-0.5], rel=eps)
    value, gradient = measure([0.0], [1.0], "mse", "sigmoid", dtype)
    assert value == pytest.approx(0.25, rel=2 * eps)
    assert gradient == pytest.approx([-0.25], rel=2 * eps)  # 2 (0.5 - 1) 0.5 (1 - 0.5)


@pytest.mark.parametrize("size", [30.0, 1e3, 1e30])
def test_a_saturated_sigmoid_costs_bce_nothing(size, dtype):
    # Sure and wrong: -log(sigmoid(-size)) = size, where 1 - sigmoid(size) is 0 in either dtype.
    eps = float(np.finfo(dtype).eps)
    for sign, target in ((1, 0.0), (-1, 1.0)):
        value, gradient = measure([sign * size], [target], "bce", "sigmoid", dtype)
        assert value == pytest.approx(size, rel=2 * eps)
        assert gradient == pytest.approx([sign], rel=2 * eps)
    # Sure and right: a loss of e**-30 at most.
    for sign, target in ((1, 1.0), (-1, 0.0)):
        value, _ = measure([sign * size], [target], "bce", "sigmoid", dtype)
        assert 0 <= value <= 1.1 * math.exp(-30)


@pytest.mark.parametrize(("loss", "output_activation"), COMBINATIONS)
def test_nan_gives_no_healthy_loss(loss, output_activation, dtype):
    for place in (0, 16, 18):
        sums = np.zeros(19)
        sums[place] = np.nan
        value, gradient = measure(sums, np.zeros(19), loss, output_activation, dtype)
        assert math.isnan(value)
        np.testing.assert_array_equal(np.flatnonzero(np.isnan(gradient)), [place])


def test_an_infinite_output_gives_no_healthy_loss(dtype):
    for sign in (1, -1):
        assert measure([0.0, sign * np.inf], [0.0, 0.5], dtype=dtype)[0] == np.inf
        value, _ = measure([0.0, sign * np.inf], [0.0, 0.5], "bce", "sigmoid", dtype)
        assert not math.isfinite(value)


def test_a_square_that_overflows_is_infinite():
    assert measure([1e25], [0.0], dtype="float32")[0] == np.inf
    # The same in double precision is a number: 1e50, within its rounding.
    assert measure([1e25], [0.0], dtype="float64")[0] == pytest.approx(1e50, rel=1e-15)


def test_many_elements_are_summed_in_double_precision():
    # 30000 squares of 0.1: a float32 sum would be off by 1e-5 and more. One square's own
    # rounding, the same each time, is some eps of float32: 3e-7.
    model = Model(input_size=1, hidden_size=1, output_size=1)
    params = {name: np.zeros_like(value) for name, value in model.init().items()}
    n = 30_000
    value, _ = model.loss_and_gradients(params, np.zeros((n, 1, 1)), np.full((n, 1), 0.1))
    assert value == pytest.approx(0.01, rel=3e-7)
