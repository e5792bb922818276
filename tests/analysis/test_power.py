"""The number of seeds that a paired comparison needs, compared with the noncentral t test."""

import math

import pytest
from scipy import stats

from rnnsweep.analysis.power import seeds_needed


def power(n, effect):
    """The probability that the paired t test finds an effect (mean / std) with n pairs."""
    critical = stats.t.ppf(0.975, n - 1)
    shift = effect * math.sqrt(n)
    return stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)


@pytest.mark.parametrize("effect", [0.05, 0.2, 0.35, 0.5, 0.8, 1.2, 2.0, 3.0])
def test_it_is_the_exact_number_but_for_one(effect):
    exact = next(n for n in range(2, 10_000) if power(n, effect) >= 0.8)
    assert abs(seeds_needed(-effect, 1.0) - exact) <= 1
    assert seeds_needed(3 * effect, 3.0) == seeds_needed(-effect, 1.0)


def test_the_ends():
    assert seeds_needed(0.0, 1.0) == math.inf
    assert seeds_needed(0.5, 0.0) == 2
    assert math.isnan(seeds_needed(0.5, math.nan))
    assert math.isnan(seeds_needed(math.nan, 0.5))
