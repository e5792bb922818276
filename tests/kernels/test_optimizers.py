"""Update rules, penalties, norm and clipping compared with the naive twin and with PyTorch.

`tests/training/test_session.py` and `test_torch_training.py` compare whole trainings.
"""

import naive_training
import numpy as np
import pytest
from from_python import from_python

from rnnsweep.kernels import optimizers
from rnnsweep.vocabulary import OPTIMIZERS

DTYPES = (np.float32, np.float64)
RULES = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adagrad": {"optimizer": "adagrad"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.3},
}
PENALTIES = [{}, {"l2": 0.2}, {"l1": 0.1}, {"l1": 0.1, "l2": 0.2}]
RATE = 0.03

add_penalties = from_python(optimizers.add_penalties)
norm = from_python(optimizers.norm)
clip = from_python(optimizers.clip)
clip_by_value = from_python(optimizers.clip_by_value)


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


@pytest.fixture(params=RULES.values(), ids=RULES)
def rule(request):
    return request.param


def run_updates(options, start, grads, rates=None):
    """Return the params after an update with each of `grads` (n, P)."""
    rule = naive_training.Rule(**options)
    update = from_python(optimizers.OPTIMIZERS[rule.optimizer])
    params = start.copy()
    first, second = np.zeros_like(start), np.zeros_like(start)
    for n, grad in enumerate(grads, start=1):
        rate = RATE if rates is None else rates[n - 1]
        pushed = grad.copy()
        if rule.l1 or rule.l2:
            add_penalties(params, pushed, rule.l1, rule.l2)
        words = rule.momentum, rule.nesterov, rule.weight_decay
        update(params, pushed, first, second, n, float(rate), *words)
    return params


def some_updates(size, dtype):
    """Return params, and gradients of every size from far below the rules' eps of 1e-8 up."""
    rng = np.random.default_rng(size)
    start = rng.standard_normal(size).astype(dtype)
    grads = (rng.standard_normal((20, size)) * 10.0 ** rng.uniform(-12, 3, size)).astype(dtype)
    return start, grads


def test_every_word_is_tested():
    assert {rule["optimizer"] for rule in RULES.values()} == OPTIMIZERS.keys()


@pytest.mark.parametrize("size", [1, 7, 16, 33])
@pytest.mark.parametrize("penalties", PENALTIES, ids=lambda options: "-".join(options) or "none")
def test_twenty_updates_equal_the_naive_twin(rule, penalties, size, dtype):
    start, grads = some_updates(size, dtype)
    options = rule | penalties
    got = run_updates(options, start, grads)
    params = {"all": start.astype(np.float64)}
    twin = naive_training.Optimizer(naive_training.Rule(**options), params)
    largest = np.abs(start).max()
    for grad in grads:
        twin.update(params, {"all": grad.astype(np.float64)}, RATE)
        largest = max(largest, np.abs(params["all"]).max())
    # In 20 updates a few roundings each, of the size of the largest value on the way: 2000
    # draws came to 8 eps. A weight that l1 holds about 0 may be on its other side for an update.
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(got, params["all"], rtol=0, atol=30 * eps * largest)


@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_twenty_updates_equal_pytorch(rule, l2):
    torch = pytest.importorskip("torch")
    start, grads = some_updates(33, np.float64)
    weights = torch.tensor(start, requires_grad=True)
    if rule["optimizer"] == "adamw":  # its weight_decay is no l2
        optimizer = torch.optim.AdamW([weights], RATE, weight_decay=rule["weight_decay"])
        l2 = 0.0
    else:
        classes = [value for value in vars(torch.optim).values() if isinstance(value, type)]
        by_word = {value.__name__.lower(): value for value in classes}
        if rule["optimizer"] not in by_word:
            pytest.skip(f"PyTorch has no optimizer {rule['optimizer']}")
        options = {k: v for k, v in rule.items() if k != "optimizer"}
        optimizer = by_word[rule["optimizer"]]([weights], RATE, weight_decay=l2, **options)
    rates = np.linspace(RATE, 0, 20)
    for grad, rate in zip(grads, rates, strict=True):
        weights.grad = torch.tensor(grad)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    got = run_updates(rule | {"l2": l2}, start, grads, rates)
    # Rounding is near 1e-14; a wrong constant in a rule shows at its size: an eps at 1e-8 of a
    # step where gradients are 1, and at all of it where they are smaller.
    np.testing.assert_allclose(got, weights.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_gradient_of_zero_changes_nothing_but_by_weight_decay(rule, dtype):
    start = np.linspace(-1, 1, 9).astype(dtype)
    got = run_updates(rule, start, np.zeros((3, 9), dtype))
    want = start * (1 - RATE * rule.get("weight_decay", 0.0)) ** 3
    # A rounding of the factor and one of each product; exact where there is no decay.
    rtol = 6 * np.finfo(dtype).eps if "weight_decay" in rule else 0
    np.testing.assert_allclose(got, want, rtol=rtol, atol=0)


def test_the_first_step_of_each_rule(dtype):
    # By hand, from a gradient of 4: sgd steps by it, momentum too, nesterov by 4 + 0.9 * 4, Adam
    # and Adagrad by its sign, rmsprop by 4 / sqrt(0.01 * 16) = 10.
    steps = {"sgd": 4, "momentum": 4, "nesterov": 7.6, "adam": 1, "rmsprop": 10}
    steps |= {"adagrad": 1, "adamw": 1}
    eps = float(np.finfo(dtype).eps)
    for name, step in steps.items():
        got = run_updates(RULES[name], np.zeros(1, dtype), np.full((1, 1), 4, dtype))
        # Adam's and rmsprop's own eps of 1e-8 is below this in relation to a root of 0.4 or 4.
        tolerance = max(4 * eps, 3e-8)
        assert got[0] == pytest.approx(-RATE * step, rel=tolerance), name


def test_penalties_are_the_gradients_of_what_they_penalise(dtype):
    weights = np.array([-2, -0.5, 0, 0.5, 3], dtype)
    zeros = np.zeros((1, 5), dtype)
    eps = float(np.finfo(dtype).eps)
    for options, step in (
        ({"l1": 0.25}, 0.25 * np.sign(weights)),
        ({"l2": 0.25}, 0.25 * weights),
        ({"l1": 0.5, "l2": 0.25}, 0.5 * np.sign(weights) + 0.25 * weights),
    ):
        got = run_updates({"optimizer": "sgd"} | options, weights, zeros)
        np.testing.assert_allclose(got, weights - RATE * step, rtol=2 * eps, atol=0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("penalties", PENALTIES, ids=lambda options: "-".join(options) or "none")
def test_a_gradient_that_is_not_finite_stays_visible(rule, penalties, value, dtype):
    grads = np.ones((2, 18), dtype)
    grads[0, [0, 17]] = value
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        got = run_updates(rule | penalties, np.zeros(18, dtype), grads)
    assert np.flatnonzero(~np.isfinite(got)).tolist() == [0, 17], "params that are not finite"


# ---- norm and clipping


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
    clipped = grads.copy()
    assert not clip(clipped, 5.0, 5.1)
    np.testing.assert_array_equal(clipped, grads)
    assert clip(clipped, 5.0, 1.0)
    # min(1, 1 / (5 + 1e-6)), PyTorch's formula; a rounding of the factor and of the product.
    np.testing.assert_allclose(clipped, grads / 5.000001, rtol=2 * np.finfo(dtype).eps)


def test_clip_leaves_nan_and_infinity_visible(dtype):
    for value in (np.nan, np.inf):
        grads = np.array([1, value, 2], dtype)
        with np.errstate(all="ignore"):
            clip(grads, norm(grads), 1.0)
        assert not np.isfinite(grads).all()


@pytest.mark.parametrize("size", [1, 7, 16, 33])
def test_clip_by_value_limits_each_element(size, dtype):
    grads = np.random.default_rng(size).standard_normal(size).astype(dtype)
    limit = dtype(np.median(np.abs(grads)))
    clipped = grads.copy()
    assert clip_by_value(clipped, float(limit)) == (size > 1)
    np.testing.assert_array_equal(clipped, np.clip(grads, -limit, limit))
    assert not clip_by_value(clipped, float(limit))  # on the limit is not outside


def test_clip_by_value_keeps_nan(dtype):
    grads = np.array([1, np.nan, 2, np.inf, -np.inf] * 5, dtype)
    assert clip_by_value(grads, 1.5)
    np.testing.assert_array_equal(grads, np.array([1, np.nan, 1.5, 1.5, -1.5] * 5, dtype))


def test_clip_by_value_equals_pytorch(dtype):
    torch = pytest.importorskip("torch")
    grads = np.random.default_rng(0).standard_normal(50).astype(dtype)
    weights = torch.zeros(50, dtype=torch.float64)
    weights.grad = torch.tensor(grads, dtype=torch.float64)
    limit = 0.5
    torch.nn.utils.clip_grad_value_([weights], limit)
    assert clip_by_value(grads, limit)
    np.testing.assert_array_equal(grads, weights.grad.numpy())
