"""The loss where a mask says at which time steps targets count."""

import naive
import numpy as np
import pytest
from network_cases import Case, assert_equals_the_twin

from rnnsweep.vocabulary import DTYPES, LOSSES

# Rounding of sums in another order, in eps of the largest.
CLOSE = 50


def case_of(loss="mse", dtype="float64", **options):
    words = {"output_activation": "sigmoid"} if loss == "bce" else {}
    return Case(3, 6, 7, (2, 5, 3), dtype, output="every", loss=loss, **words, **options)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("with_lengths", [False, True])
def test_each_loss_equals_the_naive_twin(loss, dtype, with_lengths):
    assert_equals_the_twin(
        case_of(loss, dtype, with_lengths=with_lengths, with_mask=True, num_layers=2)
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_central_differences(loss):
    case = case_of(loss, with_lengths=True, with_mask=True)
    _, grads = case.loss_and_gradients()
    step = 1e-5
    expected = naive.central_differences(
        lambda params: case.loss_and_gradients(params)[0], case.params, step
    )
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, expected[name], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_mask_of_ones_changes_no_bit(loss):
    case = case_of(loss, with_lengths=True)
    want_loss, want = case.loss_and_gradients()
    case.options["mask"] = np.ones((6, 7), np.int8)
    got_loss, got = case.loss_and_gradients()
    assert got_loss == want_loss
    for name, grad in want.items():
        np.testing.assert_array_equal(got[name], grad)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_mask_of_what_is_before_the_ends_is_like_lengths(loss):
    case = case_of(loss, with_lengths=True)
    want_loss, want = case.loss_and_gradients()
    lengths = case.options["lengths"]
    case.options |= {"lengths": None, "mask": np.arange(7) < lengths[:, np.newaxis]}
    got_loss, got = case.loss_and_gradients()
    eps = np.finfo(np.float64).eps
    np.testing.assert_allclose(got_loss, want_loss, rtol=CLOSE * eps)
    largest = max(np.abs(grad).max() for grad in want.values())
    for name, grad in want.items():
        np.testing.assert_allclose(got[name], grad, rtol=0, atol=CLOSE * eps * largest)


@pytest.mark.parametrize("loss", LOSSES)
def test_targets_outside_the_mask_may_be_anything(loss):
    case = case_of(loss, with_mask=True)
    want_loss, want = case.loss_and_gradients()
    outside = ~case.options["mask"]
    case.target = case.target.copy()
    case.target[outside] = -1 if loss == "cross_entropy" else np.nan
    got_loss, got = case.loss_and_gradients()
    assert got_loss == want_loss
    for name, grad in want.items():
        np.testing.assert_array_equal(got[name], grad)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((6, 6)), r"mask has shape \(6, 6\); needed: \(6, 7\)"),
        (np.full((6, 7), 0.5), "mask holds other numbers than 0 and 1"),
        (np.full((6, 7), np.nan), "mask holds other numbers than 0 and 1"),
        (np.zeros((6, 7)), "mask is 0 at every time step, so that no target counts"),
        ([["a"]], "mask holds <U1; needed: real numbers"),
    ],
)
def test_what_is_no_mask_is_refused(mask, message):
    case = case_of()
    case.options["mask"] = mask
    with pytest.raises(ValueError, match=message):
        case.loss_and_gradients()


def test_an_output_at_the_last_time_step_has_no_mask():
    case = Case(3, 6, 7, (2, 5, 3))
    case.options["mask"] = np.ones((6, 7))
    with pytest.raises(ValueError, match='mask is for output="every"'):
        case.loss_and_gradients()
