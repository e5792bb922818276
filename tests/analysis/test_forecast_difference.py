"""The Diebold-Mariano interval: against statsmodels, and by how often it is wrong."""

import numpy as np
import pytest
from scipy import stats

from rnnsweep.analysis.forecast_difference import is_decided, variance_of_mean


@pytest.mark.parametrize("n_alike", [1, 2, 5, 12])
def test_the_variance_is_that_of_newey_and_west(n_alike):
    regression = pytest.importorskip("statsmodels.regression.linear_model")
    values = np.convolve(np.random.default_rng(0).normal(size=60), np.ones(3), "valid")
    fit = regression.OLS(values, np.ones(len(values))).fit(
        cov_type="HAC", cov_kwds={"maxlags": n_alike - 1, "use_correction": False}
    )
    assert variance_of_mean(values, n_alike) == pytest.approx(fit.bse[0] ** 2, rel=1e-12)


def p_value(errors, others, horizon):
    """That of Harvey, Leybourne and Newbold 1997, in plain loops, with Bartlett's weights."""
    d = errors**2 - others**2
    n = len(d)
    total = sum((x - d.mean()) ** 2 for x in d)
    for lag in range(1, horizon):
        products = ((d[t] - d.mean()) * (d[t - lag] - d.mean()) for t in range(lag, n))
        total += 2 * (1 - lag / horizon) * sum(products)
    statistic = d.mean() / np.sqrt(total / n**2)
    statistic *= np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    return 2 * stats.t.sf(abs(statistic), n - 1)


@pytest.mark.parametrize("horizon", [1, 3, 8])
def test_decided_is_a_p_value_below_5_percent(horizon):
    rng = np.random.default_rng(horizon)
    seen = set()
    for n in rng.integers(20, 80, 200):
        errors, others = rng.normal(size=(2, n)) * [[1.0], [1.4]]
        decided = p_value(errors, others, horizon) < 0.05
        assert is_decided(errors, others, horizon) == decided
        assert is_decided(others, errors, horizon) == decided
        seen.add(decided)
    assert seen == {True, False}


def test_two_forecasts_of_equal_skill_are_rarely_decided():
    rng = np.random.default_rng(1)
    n_decided = sum(is_decided(*rng.normal(size=(2, 60)), 1) for _ in range(2000))
    # 5 % of 2000 are 100, with a standard deviation of 10.
    assert 60 <= n_decided <= 140


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_the_units_do_not_matter(size):
    rng = np.random.default_rng(2)
    worse = 3 * rng.normal(size=50)
    assert is_decided(size * worse, size * rng.normal(size=50), 1)


def test_what_can_not_be_decided():
    one = np.array([1.0])
    assert not is_decided(one, 2 * one, 1)  # a single forecast
    assert not is_decided(np.zeros(9), np.zeros(9), 1)  # both are right
    assert not is_decided(np.ones(9), -np.ones(9), 1)  # equally wrong
    assert not is_decided(np.arange(9.0), np.ones(9), 9)  # all of them are alike
    assert is_decided(np.ones(9), np.zeros(9), 1)
    assert is_decided(np.array([np.inf, 0.0]), np.ones(2), 1)
