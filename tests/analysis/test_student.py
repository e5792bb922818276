"""The quantile of Student's t distribution equals that of SciPy and of printed tables."""

import math

import pytest
from scipy.special import stdtrit

from rnnsweep.analysis.student import t_975

# Abramowitz and Stegun 1964, table 26.10.
PRINTED = {1: 12.706, 2: 4.303, 3: 3.182, 10: 2.228, 30: 2.042, 60: 2.000, 120: 1.980}


@pytest.mark.parametrize("df", PRINTED)
def test_quantiles_in_printed_tables(df):
    assert t_975(df) == pytest.approx(PRINTED[df], abs=5e-4)


@pytest.mark.parametrize("df", [*range(1, 60), 100, 999, 1000, 1001, 1002, 10**4, 10**6, 2**53])
def test_quantiles_of_scipy(df):
    # Sums of a thousand terms, and logarithms of gamma functions near 6,000.
    assert t_975(df) == pytest.approx(float(stdtrit(df, 0.975)), rel=1e-13)


@pytest.mark.parametrize("df", [0, -1])
def test_no_quantile_without_a_degree_of_freedom(df):
    assert math.isnan(t_975(df))
