"""Update rules, norm and clipping, against the naive twin.

`test_training.py` compares whole updates with PyTorch's.
"""

import naive
import numpy as np
import pytest
from numba import config

from rnnsweep.kernels.optimizers import clip, norm, update
from rnnsweep.vocabulary import OPTIMIZERS

DTYPES = (np.float32, np.float64)
RULES = [("sgd", 0.0), ("sgd", 0.9), ("adam", 0.0), ("rmsprop", 0.0)]
RATE = 0.03


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


def run_updates(optimizer, momentum, start, grads):
    """Return the params after an update with each of `grads` (n, P)."""
    params = start.copy()
    first, second = np.zeros_like(start), np.zeros_like(start)
    for n, grad in enumerate(grads, start=1):
        code = OPTIMIZERS[optimizer].code
        update(code, params, grad.copy(), first, second, n, RATE, momentum)
    return params


def test_every_word_is_tested():
    assert {optimizer for optimizer, _ in RULES} == OPTIMIZERS.keys()


@pytest.mark.parametrize("size", [1, 7, 16, 33])
@pytest.mark.parametrize(("optimizer", "momentum"), RULES)
def test_twenty_updates_equal_the_naive_twin(optimizer, momentum, size, dtype):
    rng = np.random.default_rng(size)
    start = rng.standard_normal(size).astype(dtype)
    # Gradients of every size, from far below the rules' eps of 1e-8 up.
    grads = (rng.standard_normal((20, size)) * 10.0 ** rng.uniform(-12, 3, size)).astype(dtype)
    got = run_updates(optimizer, momentum, start, grads)
    params = {"all": start.astype(np.float64)}
    rule = naive.Rule(optimizer=optimizer, learning_rate=RATE, momentum=momentum)
    twin = naive.Optimizer(rule, params)
    largest = np.abs(start).max()
    for grad in grads:
        twin.update(params, {"all": grad.astype(np.float64)})
        largest = max(largest, np.abs(params["all"]).max())
    # In 20 updates a few roundings each, of the size of the largest value on the way: 2000
    # draws came to 8 eps.
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, params["all"], rtol=0, atol=30 * eps * largest)


@pytest.mark.parametrize(("optimizer", "momentum"), RULES)
def test_a_gradient_of_zero_changes_nothing(optimizer, momentum, dtype):
    start = np.linspace(-1, 1, 9).astype(dtype)
    got = run_updates(optimizer, momentum, start, np.zeros((3, 9), dtype))
    np.testing.assert_array_equal(got, start)


def test_the_first_step_of_each_rule(dtype):
    # By hand, from a gradient of 4: sgd steps by it, momentum too, Adam by its sign, rmsprop by
    # 4 / (sqrt(0.01 * 16)) = 10.
    eps = float(np.finfo(dtype).eps)
    for (optimizer, momentum), step in zip(RULES, (4, 4, 1, 10), strict=True):
        got = run_updates(optimizer, momentum, np.zeros(1, dtype), np.full((1, 1), 4, dtype))
        # Adam's and rmsprop's own eps of 1e-8 is below this in relation to a root of 0.4 or 4.
        tolerance = max(4 * eps, 3e-8)
        assert got[0] == pytest.approx(-RATE * step, rel=tolerance)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize(("optimizer", "momentum"), RULES)
def test_a_gradient_that_is_no_number_is_not_hidden(optimizer, momentum, value, dtype):
    grads = np.ones((2, 18), dtype)
    grads[0, [0, 17]] = value
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        got = run_updates(optimizer, momentum, np.zeros(18, dtype), grads)
    np.testing.assert_array_equal(np.flatnonzero(~np.isfinite(got)), [0, 17])


def test_norm(dtype):
    assert norm(np.array([3, 4], dtype)) == 5
    assert norm(np.zeros(5, dtype)) == 0
    rng = np.random.default_rng(0)
    for size in (1, 7, 16, 17, 1000):
        vector = rng.standard_normal(size).astype(dtype)
        # Summed in float64 whatever the dtype, in any order: 1000 terms, well under 1e-13.
        want = np.sqrt(np.sum(vector.astype(np.float64) ** 2))
        assert norm(vector) == pytest.approx(want, rel=1e-13)
    for value in (np.nan, np.inf):
        assert not np.isfinite(norm(np.array([1, value, 2], dtype)))


def test_norm_of_large_float32_does_not_overflow():
    # Squares overflow float32 above 1.8e19. The sum is float64's, to its rounding.
    vector = np.full(4, 1e30, np.float32)
    assert norm(vector) == pytest.approx(2 * float(np.float32(1e30)), rel=1e-15)


def test_clip_scales_down_only(dtype):
    grads = np.array([3, 4], dtype)
    kept = grads.copy()
    clip(kept, 5.0, 5.1)
    np.testing.assert_array_equal(kept, grads)
    clip(kept, 5.0, 1.0)
    # min(1, 1 / (5 + 1e-6)), PyTorch's formula; a rounding of the factor and of the product.
    np.testing.assert_allclose(kept, grads / 5.000001, rtol=2 * np.finfo(dtype).eps)


def test_clip_keeps_nan_and_infinity_from_looking_healthy(dtype):
    for value in (np.nan, np.inf):
        grads = np.array([1, value, 2], dtype)
        with np.errstate(all="ignore"):
            clip(grads, norm(grads), 1.0)
        assert not np.isfinite(grads).all()


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_compiles_once_a_precision():
    for optimizer, momentum in RULES:
        for real in DTYPES:
            run_updates(optimizer, momentum, np.zeros(5, real), np.ones((1, 5), real))
    assert len(update.signatures) == len(DTYPES)
