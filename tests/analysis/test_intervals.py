"""The 95 % interval of a mean loss: above 0, around the mean, and how often it covers it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from rnnsweep.analysis.intervals import mean_intervals, share_intervals
from rnnsweep.analysis.student import Z_975, t_975


def interval(losses):
    losses = np.asarray(losses, float)
    std = losses.std(ddof=1) if len(losses) > 1 else math.nan
    n = len(losses)
    low, high = mean_intervals(
        np.array([losses.mean()]), np.array([std / math.sqrt(n)]), np.array([n - 1])
    )
    return float(low[0]), float(high[0])


@given(hnp.arrays(np.float64, st.integers(2, 12), elements=st.floats(1e-200, 1e150)))
def test_the_interval_is_above_0_and_contains_the_mean(losses):
    low, high = interval(losses)
    assert 0 < low <= losses.mean() <= high < math.inf


def test_the_interval_is_the_delta_method_on_the_logarithm():
    losses = [0.1, 0.2, 0.6]
    mean, se = np.mean(losses), np.std(losses, ddof=1) / math.sqrt(3)
    half = t_975(2) * se / mean
    assert mean - t_975(2) * se < 0  # where the interval of the mean itself would end
    assert interval(losses) == pytest.approx(
        (mean * math.exp(-half), mean * math.exp(half)), rel=1e-15
    )


@given(st.lists(st.just(0.0), min_size=2, max_size=5))
def test_losses_of_0(losses):
    assert interval(losses) == (0.0, 0.0)


@pytest.mark.parametrize("loss", [0.5, 0.0])
def test_one_loss_has_no_interval(loss):
    assert np.isnan(interval([loss])).all()


# Standard deviation of the logarithm, seeds, and shares of two million samples: the interval covers
# the mean, the mean plus or minus t se does, that one reaches below 0.
SHARES = [
    (0.5, 3, 0.942, 0.923, 0.497),
    (0.5, 5, 0.936, 0.916, 0.039),
    (1.0, 3, 0.917, 0.839, 0.839),
    (1.0, 5, 0.889, 0.821, 0.501),
]


@pytest.mark.parametrize(("sigma", "n", "covers", "plain_covers", "plain_below_0"), SHARES)
def test_how_often_the_interval_covers_the_mean(sigma, n, covers, plain_covers, plain_below_0):
    losses = np.exp(sigma * np.random.default_rng(0).standard_normal((20_000, n)))
    means, std = losses.mean(axis=1), losses.std(axis=1, ddof=1)
    low, high = mean_intervals(means, std / math.sqrt(n), np.full(len(losses), n - 1))
    mean, half = math.exp(sigma**2 / 2), t_975(n - 1) * std / math.sqrt(n)
    # Four standard errors of a share of a half.
    assert ((low <= mean) & (mean <= high)).mean() == pytest.approx(covers, abs=0.014)
    assert (abs(means - mean) <= half).mean() == pytest.approx(plain_covers, abs=0.014)
    assert (means < half).mean() == pytest.approx(plain_below_0, abs=0.014)


def test_the_interval_of_a_share_is_wilson_s():
    share = np.array([0.0, 0.25, 0.5, 1.0])
    n, t = 40, Z_975
    # Independent cases: the standard error is that of the binomial distribution.
    low, high = share_intervals(share, n, np.sqrt(share * (1 - share) / n), t)
    for value, *ends in zip(share, low, high, strict=True):
        theirs = stats.binomtest(int(value * n), n).proportion_ci(method="wilson")
        assert ends == pytest.approx([theirs.low, theirs.high], abs=1e-12)


def test_the_interval_of_a_share_is_wider_for_cases_that_go_together_and_for_few_seeds():
    share, se = np.array([0.5, 1.0]), np.array([0.05, 0.0])
    low, high = share_intervals(share, 400, se, Z_975)
    assert low[0] == pytest.approx(0.5 - Z_975 * 0.05, abs=0.004)
    wide_low, wide_high = share_intervals(share, 400, se, t_975(2))
    assert (wide_low < low).all()
    assert wide_high[0] > high[0]
    assert (low[1], high[1]) == (pytest.approx(400 / (400 + Z_975**2)), 1.0)
    # No more cases than there are, whatever the standard error.
    low, high = share_intervals(share[:1], 4, np.array([1e-9]), Z_975)
    assert high[0] - low[0] > 0.6


def test_a_share_without_a_standard_error_has_no_interval():
    ends = share_intervals(np.array([0.5]), 4, np.array([math.nan]), math.nan)
    assert np.isnan(ends).all()
