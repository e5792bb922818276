"""Initial parameters by scheme: bounds, spread, orthogonality, and what decides the draws."""

import numpy as np
import pytest

from rnnsweep.initialization import draw
from rnnsweep.params import Sizes, param_shapes
from rnnsweep.vocabulary import INITIALIZATIONS

SIZES = Sizes(30, 40, 20)
WEIGHTS = ("W_xh", "W_hh", "W_hy")
BIASES = ("b_h", "b_y")


@pytest.fixture(params=INITIALIZATIONS)
def scheme(request):
    return request.param


def assert_uniform(values, low, high):
    """Check the bounds, and that the draws fill them: the mean, and the smallest and largest.

    Over n draws the mean has a standard deviation of (high - low) / sqrt(12 n), and five of them
    are allowed. That none comes within 20 / n of a bound has a probability of e**-20.
    """
    assert values.min() >= low
    assert values.max() <= high
    assert values.min() < low + 20 / values.size * (high - low)
    assert values.max() > high - 20 / values.size * (high - low)
    allowed = 5 * (high - low) / np.sqrt(12 * values.size)
    assert abs(values.mean() - (low + high) / 2) < allowed


def assert_normal(values, std):
    """Check mean and spread within five of their own standard deviations."""
    assert abs(values.mean()) < 5 * std / np.sqrt(values.size)
    assert abs(values.std() / std - 1) < 5 / np.sqrt(2 * values.size)
    assert np.abs(values).max() > 2 * std  # wider than a uniform of that spread


def test_names_shapes_and_precision(scheme):
    params = draw(scheme, SIZES, 0)
    assert {name: value.shape for name, value in params.items()} == param_shapes(SIZES)
    assert {value.dtype for value in params.values()} == {np.dtype(np.float64)}


def test_the_seed_decides(scheme):
    first, again, other = (draw(scheme, SIZES, seed) for seed in (7, 7, 8))
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])
    assert any(np.any(first[name] != other[name]) for name in first)


def test_no_two_weights_repeat_each_other(scheme):
    # One stream feeds all: what is drawn twice would show as equal leading values.
    params = draw(scheme, Sizes(40, 40, 40), 0)
    drawn = [params[name].ravel() for name in WEIGHTS]
    for i, one in enumerate(drawn):
        for other in drawn[i + 1 :]:
            assert np.mean(one == other) < 0.01


def test_the_largest_seed_is_taken(scheme):
    assert np.isfinite(draw(scheme, Sizes(1, 2, 1), 2**63 - 1)["W_hh"]).all()


def test_a_network_of_one_unit(scheme):
    for value in draw(scheme, Sizes(1, 1, 1), 0).values():
        assert np.isfinite(value).all()


def test_torch_is_uniform_by_the_hidden_size():
    bound = 40**-0.5
    for value in draw("torch", SIZES, 1).values():
        assert_uniform(value, -bound, bound)


def test_torch_has_pytorch_s_bounds():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    rnn, linear = torch.nn.RNN(300, 400), torch.nn.Linear(400, 200)
    params = draw("torch", Sizes(300, 400, 200), 0)
    for name, theirs in [
        ("W_xh", rnn.weight_ih_l0),
        ("W_hh", rnn.weight_hh_l0),
        ("W_hy", linear.weight),
    ]:
        # Of 60000 draws and more the largest is within 1e-4 of the bound, nearly always.
        largest = theirs.detach().abs().max().item()
        assert np.abs(params[name]).max() == pytest.approx(largest, rel=1e-3)


def test_biases_are_0_elsewhere(scheme):
    params = draw(scheme, SIZES, 0)
    for name in BIASES:
        assert np.any(params[name] != 0) == (scheme == "torch")


def test_glorot_is_uniform_by_both_sizes():
    params = draw("glorot", SIZES, 2)
    for name in WEIGHTS:
        bound = np.sqrt(6 / sum(params[name].shape))
        assert_uniform(params[name], -bound, bound)


def test_orthogonal():
    params = draw("orthogonal", SIZES, 3)
    w = params["W_hh"]
    # A QR factor is orthogonal to some eps of its size.
    np.testing.assert_allclose(w @ w.T, np.eye(40), rtol=0, atol=1e-13)
    for name in ("W_xh", "W_hy"):
        bound = np.sqrt(6 / sum(params[name].shape))
        assert_uniform(params[name], -bound, bound)


def test_orthogonal_favours_no_sign():
    # Uniform over orthogonal matrices: a plain QR has a diagonal of one sign. Of 200 entries
    # about half are positive; five standard deviations of that count are 35.
    diagonals = [draw("orthogonal", Sizes(1, 2, 1), seed)["W_hh"][0, 0] for seed in range(200)]
    assert abs(np.sum(np.array(diagonals) > 0) - 100) < 35


def test_identity():
    params = draw("identity", SIZES, 4)
    np.testing.assert_array_equal(params["W_hh"], np.eye(40))
    assert_normal(params["W_xh"], 0.001)
    assert_normal(params["W_hy"], 0.001)


def test_normal():
    params = draw("normal", SIZES, 5)
    for name in WEIGHTS:
        assert_normal(params[name], 0.01)


def test_notebook_is_a_hundredth_of_a_uniform():
    params = draw("notebook", SIZES, 6)
    for name in WEIGHTS:
        assert_uniform(params[name], 0.0, 0.01)
