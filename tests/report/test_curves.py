"""The page's curves: which epochs are kept, and how losses become codes."""

import numpy as np
import pytest

from rnnsweep.report.curves import HIGHEST, INFINITE, LOWEST, MISSING, CurvesSoFar


def epochs_with(losses):
    return np.column_stack([np.ones(len(losses)), losses, np.ones(len(losses))])


def curves_of(*losses, most=10**6, diverged=None, units=None):
    collected = CurvesSoFar(most)
    for own in losses:
        collected.add(epochs_with(np.array(own, float).reshape(-1)), diverged)
    return collected.all(np.ones(len(losses)) if units is None else np.array(units))


def test_codes_are_linear_in_the_logarithm():
    curves = curves_of([1.0, np.e, np.e**2])
    assert curves.epochs == [0, 1, 2]
    assert (curves.low, curves.high) == (0.0, 2.0)
    middle = round(LOWEST + (HIGHEST - LOWEST) / 2)
    assert abs(curves.codes[:, 0] - np.array([LOWEST, middle, HIGHEST])).max() <= 1


def test_a_trial_that_ended_keeps_its_last_loss():
    curves = curves_of([4.0, 1.0], [4.0, 4.0, 4.0, 1.0])
    np.testing.assert_array_equal(curves.codes[:, 0], [HIGHEST, LOWEST, LOWEST, LOWEST])


def test_a_diverged_trial_is_infinite_from_that_epoch_on():
    curves = curves_of([4.0, 1.0, 2.0, 3.0], diverged=2)
    np.testing.assert_array_equal(curves.codes[:, 0], [HIGHEST, LOWEST, INFINITE, INFINITE])


def test_losses_that_are_no_numbers_and_zeros():
    curves = curves_of([np.nan, 0.0, 1.0, 2.0], [])
    np.testing.assert_array_equal(curves.codes[:, 0], [INFINITE, LOWEST, LOWEST, HIGHEST])
    np.testing.assert_array_equal(curves.codes[:, 1], MISSING)


def test_losses_are_divided_by_their_units():
    curves = curves_of([2.0, 4.0], [20.0, 40.0], units=[1.0, 10.0])
    np.testing.assert_array_equal(curves.codes, [[LOWEST, LOWEST], [HIGHEST, HIGHEST]])


@pytest.mark.parametrize("most", [40, 80, 150])
def test_of_many_epochs_evenly_spaced_ones_and_the_last_are_kept(most):
    n_trials, n_epochs = 10, 30
    losses = np.exp(np.random.default_rng(0).random((n_trials, n_epochs)))
    curves = curves_of(*losses, most=most)
    assert curves.every in (2, 4, 8)
    *kept, last = curves.epochs
    assert kept == list(range(0, n_epochs, curves.every))[: len(kept)]
    assert last == n_epochs - 1
    assert len(kept) * n_trials <= most
    exact = curves_of(*losses)
    np.testing.assert_allclose(
        decoded(curves), decoded(exact)[curves.epochs], rtol=2 / (HIGHEST - LOWEST)
    )


def decoded(curves):
    share = (curves.codes.astype(float) - LOWEST) / (HIGHEST - LOWEST)
    return np.exp(curves.low + share * (curves.high - curves.low))


def test_without_trials_there_is_no_epoch():
    curves = curves_of()
    assert curves.epochs == []
    assert curves.codes.shape == (0, 0)
