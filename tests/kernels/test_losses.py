"""Losses and their gradients compared with the naive twin, PyTorch and known values.

With all weights 0 the outputs are g(b_y): a test chooses the sums before the output activation,
and the gradient of `b_y` is that of the loss, from the same compiled code as in training.
"""

import math

import naive
import numpy as np
import pytest
from from_python import from_python

from benchmarks.formulas import FORMULAS
from rnnsweep.kernels import activations, losses
from rnnsweep.network.model import Model
from rnnsweep.vocabulary import DTYPES, LOSSES, OUTPUT_ACTIVATIONS

COMBINATIONS = [
    ("mse", "identity"),
    ("mse", "sigmoid"),
    ("mae", "identity"),
    ("mae", "sigmoid"),
    ("huber", "identity"),
    ("huber", "sigmoid"),
    ("bce", "sigmoid"),
    ("cross_entropy", "identity"),
]


def measure(sums, target, loss="mse", output_activation="identity", dtype="float64", delta=1.0):
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
    x = np.zeros((1, 1, 1))
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        value, grads = model.loss_and_gradients(params, x, [target], loss, huber_delta=delta)
    return value, grads["b_y"]


def some_sums(loss, n, dtype):
    """Return sums and a target (n,), or a class."""
    rng = np.random.default_rng(n)
    sums = rng.normal(0, 3, n).astype(dtype).astype(np.float64)
    if loss == "cross_entropy":
        return sums, int(rng.integers(n))
    return sums, rng.random(n).astype(dtype).astype(np.float64)


@pytest.fixture(params=DTYPES)
def dtype(request):
    return request.param


def test_every_word_is_tested():
    assert {loss for loss, _ in COMBINATIONS} == LOSSES.keys()
    assert {activation for _, activation in COMBINATIONS} == OUTPUT_ACTIVATIONS.keys()


@pytest.mark.parametrize(("loss", "output_activation"), COMBINATIONS)
@pytest.mark.parametrize("n", [1, 7, 16, 17, 33])
@pytest.mark.parametrize("delta", [0.5, 4.0])
def test_loss_and_gradient_equal_the_naive_twin(loss, output_activation, n, delta, dtype):
    sums, target = some_sums(loss, n, dtype)
    y = FORMULAS[output_activation].value(sums)
    network = naive.Network("tanh", output_activation)
    batch = (sums[np.newaxis], y[np.newaxis], np.array([target]))
    n_counted = 1 if loss == "cross_entropy" else n
    want = naive.sum_of_losses(loss, *batch, delta) / n_counted
    slopes = naive.output_slopes(network, loss, *batch, delta)[0] / n_counted
    value, gradient = measure(sums, target, loss, output_activation, dtype, delta)
    # The sigmoid's few ulp (test_elementary) of y below 1, then some products of sizes below 10.
    eps = float(np.finfo(dtype).eps)
    assert value == pytest.approx(want, rel=20 * eps, abs=20 * eps)
    np.testing.assert_allclose(gradient, slopes, rtol=20 * eps, atol=20 * eps)


@pytest.mark.parametrize(("loss", "output_activation"), COMBINATIONS)
@pytest.mark.parametrize("delta", [0.5, 4.0])
def test_loss_and_gradient_equal_pytorch(loss, output_activation, delta):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    sums, target = some_sums(loss, 33, "float64")
    s = torch.tensor(sums[np.newaxis], requires_grad=True)
    y = torch.sigmoid(s) if output_activation == "sigmoid" else s
    want = {
        "mse": functional.mse_loss,
        "mae": functional.l1_loss,
        "huber": lambda y, t: functional.huber_loss(y, t, delta=delta),
        "bce": functional.binary_cross_entropy,
        "cross_entropy": functional.cross_entropy,
    }[loss](y, torch.tensor([target]) if loss == "cross_entropy" else torch.tensor(target[None]))
    want.backward()
    value, gradient = measure(sums, target, loss, output_activation, delta=delta)
    # Rounding on both sides, near 1e-15; theirs of bce carries that of 1 - sigmoid, times e**9.
    assert value == pytest.approx(want.item(), rel=1e-11)
    np.testing.assert_allclose(gradient, s.grad[0].numpy(), rtol=1e-11, atol=1e-13)


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
    value, gradient = measure([3.0, 1.0, -1.0, 1.0], [1.0] * 4, "mae", dtype=dtype)
    assert value == 1.0  # (2 + 0 + 2 + 0) / 4
    np.testing.assert_array_equal(gradient, [0.25, 0, -0.25, 0])  # 0 at the kink, as PyTorch
    value, gradient = measure([5.0, 2.0, -3.0, 1.0], [1.0] * 4, "huber", dtype=dtype, delta=2.0)
    # 2 (4 - 1), 1 / 2, 2 (4 - 1), 0: 12.5 over 4
    assert value == 3.125
    np.testing.assert_array_equal(gradient, [0.5, 0.25, -0.5, 0])
    value, gradient = measure([1.0, 1.0, 1.0, 1.0], 2, "cross_entropy", dtype=dtype)
    assert value == pytest.approx(math.log(4), rel=2 * eps)
    np.testing.assert_allclose(gradient, [0.25, 0.25, -0.75, 0.25], rtol=2 * eps)
    value, gradient = measure([7.0], 0, "cross_entropy", dtype=dtype)
    assert value == 0.0  # one class is certain
    np.testing.assert_array_equal(gradient, [0.0])


def test_huber_meets_its_straight_part_without_a_jump(dtype):
    step = 2.0**-10  # so that all is exact
    for sums, want, slope in ((2 - step, (2 - step) ** 2 / 2, 2 - step), (2, 2, 2)):
        value, gradient = measure([sums], [0.0], "huber", dtype=dtype, delta=2.0)
        assert (value, gradient[0]) == (want, slope)
    value, gradient = measure([2 + step], [0.0], "huber", dtype=dtype, delta=2.0)
    assert (value, gradient[0]) == (2 + 2 * step, 2)


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


@pytest.mark.parametrize("size", [30.0, 1e3, 1e30])
def test_large_logits_cost_cross_entropy_nothing(size, dtype):
    eps = float(np.finfo(dtype).eps)
    # Sure and wrong: the distance of the logits.
    value, gradient = measure([size, 0.0, -size], 1, "cross_entropy", dtype=dtype)
    assert value == pytest.approx(size, rel=2 * eps)
    np.testing.assert_allclose(gradient, [1, -1, 0], rtol=2 * eps, atol=1e-12)
    # Sure and right: a loss of e**-30 at most, and as much of a gradient.
    value, gradient = measure([size, 0.0, -size], 0, "cross_entropy", dtype=dtype)
    assert 0 <= value <= 1.1 * math.exp(-30)
    np.testing.assert_allclose(gradient, 0, atol=1.1 * math.exp(-30) + eps)
    # What all logits share does not matter, up to the rounding of the sums themselves.
    value, _ = measure([size, size, size], 0, "cross_entropy", dtype=dtype)
    assert value == pytest.approx(math.log(3), rel=2 * eps)


@pytest.mark.parametrize(("loss", "output_activation"), COMBINATIONS)
def test_a_nan_output_gives_a_loss_that_is_not_finite(loss, output_activation, dtype):
    for place in (0, 16, 18):
        sums = np.zeros(19)
        sums[place] = np.nan
        target = 3 if loss == "cross_entropy" else np.zeros(19)
        value, gradient = measure(sums, target, loss, output_activation, dtype)
        assert math.isnan(value)
        # A softmax spreads it over all classes; elsewhere it stays in its place.
        spoilt = np.arange(19) if loss == "cross_entropy" else [place]
        np.testing.assert_array_equal(np.flatnonzero(np.isnan(gradient)), spoilt)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "bce", "cross_entropy"])
def test_an_infinite_output_gives_a_loss_that_is_not_finite(loss, dtype):
    for sign in (1, -1):
        sums, output_activation = [0.0, sign * np.inf], "sigmoid" if loss == "bce" else "identity"
        for target in [0, 1] if loss == "cross_entropy" else [[0.0, 0.5]]:
            value, _ = measure(sums, target, loss, output_activation, dtype)
            if loss == "cross_entropy" and sign == -1 and target == 0:
                assert value == 0.0  # a class that is impossible, and is not it
            else:
                assert not math.isfinite(value)
    assert measure([0.0, np.inf], [0.0, 0.5], dtype=dtype)[0] == np.inf


def test_a_square_that_overflows_is_infinite():
    assert measure([1e25], [0.0], dtype="float32")[0] == np.inf
    # The same in double precision is a number: 1e50, within its rounding.
    assert measure([1e25], [0.0], dtype="float64")[0] == pytest.approx(1e50, rel=1e-15)


@pytest.mark.parametrize(("loss", "target", "want"), [("mse", 0.1, 0.01), ("mae", 0.1, 0.1)])
def test_elements_are_summed_in_double_precision(loss, target, want):
    # 30000 elements of 0.1 or its square: a float32 sum would be off by 1e-5 and more. One
    # element's own rounding, the same each time, is some eps of float32: 3e-7.
    model = Model(input_size=1, hidden_size=1, output_size=1)
    params = {name: np.zeros_like(value) for name, value in model.init().items()}
    n = 30_000
    value, _ = model.loss_and_gradients(
        params, np.zeros((n, 1, 1)), np.full((n, 1), target), loss=loss
    )
    assert value == pytest.approx(want, rel=3e-7)


def test_classes_are_summed_in_double_precision():
    model = Model(input_size=1, hidden_size=1, output_size=3)
    params = {name: np.zeros_like(value) for name, value in model.init().items()}
    n = 30_000
    value, _ = model.loss_and_gradients(
        params, np.zeros((n, 1, 1)), np.ones(n, int), loss="cross_entropy"
    )
    assert value == pytest.approx(math.log(3), rel=3e-7)  # as above


# ---- the kernel by itself: hits


def hits(loss, sums, targets, dtype):
    ys, targets = np.array(sums, dtype), np.array(targets, dtype)
    activate = activations.address("sigmoid" if loss == "bce" else "identity", dtype)
    loss_and_hits = np.zeros(2)
    from_python(losses.LOSSES[loss])(activate, 1.0, ys, targets, np.zeros_like(ys), loss_and_hits)
    return loss_and_hits[1]


def test_right_outputs_are_counted(dtype):
    # bce: on the target's side of one half, element by element.
    assert hits("bce", [[2.0, -2.0], [0.5, -0.5]], [[1.0, 1.0], [0.9, 0.1]], dtype) == 3
    # cross_entropy: the class of the largest logit, the first of equals, row by row.
    sums = [[1.0, 3.0, 2.0], [1.0, 1.0, 0.0], [-1.0, -2.0, -3.0]]
    assert hits("cross_entropy", sums, [[1], [0], [1]], dtype) == 2
    assert hits("cross_entropy", sums, [[2], [1], [2]], dtype) == 0
    for loss in ("mse", "mae", "huber"):
        assert hits(loss, [[1.0]], [[1.0]], dtype) == 0
