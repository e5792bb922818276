"""Learning rates by epoch, against PyTorch's schedulers and by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.training.schedules import learning_rates
from rnnsweep.vocabulary import SCHEDULES

RATES = st.floats(1e-6, 1e6)


def test_by_hand():
    assert learning_rates("constant", 0.3, 3, 1.0, 1).tolist() == [0.3, 0.3, 0.3]
    assert learning_rates("step", 8.0, 5, 0.5, 2).tolist() == [8, 8, 4, 4, 2]
    assert learning_rates("exponential", 8.0, 4, 0.5, 1).tolist() == [8, 4, 2, 1]
    # Half way down at the middle epoch; a rounding of the cosine.
    np.testing.assert_allclose(
        learning_rates("cosine", 2.0, 4, 1.0, 1), [2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5], rtol=1e-15
    )


@given(schedule=st.sampled_from(list(SCHEDULES)), rate=RATES, epochs=st.integers(0, 50))
def test_every_schedule_starts_at_the_rate_and_never_rises(schedule, rate, epochs):
    rates = learning_rates(schedule, rate, epochs, 0.7, 3)
    assert rates.dtype == np.float64
    assert rates.shape == (epochs,)
    assert np.all(rates[:1] == rate)
    assert np.all(rates > 0)
    assert np.all(np.diff(rates) <= 0)


def test_a_rate_decays_to_0_without_a_warning():
    rates = learning_rates("exponential", 1e-3, 100_000, 0.5, 1)
    assert rates[0] == 1e-3
    assert rates[-1] == 0


def test_a_schedule_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"schedule is 'cosin'; .*did you mean cosine"):
        learning_rates("cosin", 0.1, 3, 1.0, 1)


@pytest.mark.parametrize("epochs", [1, 2, 17, 60])
@pytest.mark.parametrize("decay", [0.1, 0.9, 0.999])
@pytest.mark.parametrize("every", [1, 3, 100])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_equals_pytorch(schedule, epochs, decay, every):
    torch = pytest.importorskip("torch")
    schedulers = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.zeros(1)], 0.03)
    scheduler = {
        "constant": lambda: schedulers.ConstantLR(optimizer, factor=1.0),
        "step": lambda: schedulers.StepLR(optimizer, every, decay),
        "exponential": lambda: schedulers.ExponentialLR(optimizer, decay),
        "cosine": lambda: schedulers.CosineAnnealingLR(optimizer, T_max=epochs),
    }[schedule]()
    want = []
    for _ in range(epochs):
        want.append(optimizer.param_groups[0]["lr"])
        with warnings.catch_warnings():  # of a scheduler's step without an optimiser's
            warnings.simplefilter("ignore")
            scheduler.step()
    # Theirs multiply from epoch to epoch: a rounding each, 60 times 1e-16; cosine's last rates,
    # small differences, are off by some eps of the first.
    got = learning_rates(schedule, 0.03, epochs, decay, every)
    np.testing.assert_allclose(got, want, rtol=3e-14, atol=0.03 * 3e-15)
