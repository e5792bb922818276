"""Statistics of groups equal those computed group by group in plain Python."""

import math
import statistics

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from rliable.metrics import aggregate_iqm

from rnnsweep.analysis.grouped import (
    counts,
    deviations,
    interquartile_means,
    lowest,
    mean_ranks,
    means,
    medians,
    ranks,
)

NUMBERS = st.sampled_from([0.0, 0.25, 1.0, math.inf, math.nan]) | st.floats(0, 1e6)
N_GROUPS = 5  # the last of which is always empty
PAIRS = st.lists(st.tuples(NUMBERS, st.integers(0, N_GROUPS - 2)), max_size=20)


def by_group(pairs):
    """Return the numbers of each group, without NaN."""
    groups = [[] for _ in range(N_GROUPS)]
    for value, code in pairs:
        if not math.isnan(value):
            groups[code].append(value)
    return groups


def arrays(pairs):
    values = np.array([value for value, _ in pairs], float)
    return values, np.array([code for _, code in pairs], np.intp), N_GROUPS


@given(PAIRS)
def test_counts_medians_and_minima_of_each_group(pairs):
    groups, given_ = by_group(pairs), arrays(pairs)
    assert counts(*given_).tolist() == [len(group) for group in groups]
    expected = [statistics.median(group) if group else math.nan for group in groups]
    np.testing.assert_array_equal(medians(*given_), expected)
    np.testing.assert_array_equal(
        lowest(*given_), [min(group, default=math.nan) for group in groups]
    )


@given(PAIRS)
def test_means_and_deviations_of_finite_numbers(pairs):
    pairs = [pair for pair in pairs if not math.isinf(pair[0])]
    groups, given_ = by_group(pairs), arrays(pairs)
    # Sums of at most twenty numbers up to 1e6, in another order.
    mean = [statistics.fmean(group) if group else math.nan for group in groups]
    np.testing.assert_allclose(means(*given_), mean, rtol=1e-14)
    std = [statistics.stdev(group) if len(group) > 1 else math.nan for group in groups]
    np.testing.assert_allclose(deviations(*given_), std, rtol=1e-9, atol=1e-9)


@given(PAIRS)
def test_the_interquartile_mean_is_that_of_scipy_and_of_rliable(pairs):
    expected = []
    for group in by_group(pairs):
        theirs = scipy.stats.trim_mean(sorted(group), 0.25) if group else math.nan
        expected.append(theirs)
        if group and math.isfinite(theirs):
            assert aggregate_iqm(np.array([group])) == pytest.approx(theirs, rel=1e-12)
    np.testing.assert_allclose(interquartile_means(*arrays(pairs)), expected, rtol=1e-12)


@given(st.lists(NUMBERS, max_size=20))
def test_ranks_are_one_more_than_the_smaller_ones(values):
    last = 1 + sum(not math.isnan(value) for value in values)
    expected = [
        last if math.isnan(value) else 1 + sum(other < value for other in values)
        for value in values
    ]
    assert ranks(np.array(values, float)).tolist() == expected


def test_equal_numbers_share_the_mean_of_their_ranks():
    values = np.array([3.0, 1.0, np.inf, 1.0, np.inf, np.inf])
    assert mean_ranks(values).tolist() == [3, 1.5, 5, 1.5, 5, 5]


@pytest.mark.filterwarnings("error")
def test_sums_that_overflow_are_infinite_without_a_warning():
    values, codes = np.array([1e308, 1.5e308]), np.zeros(2, np.intp)
    assert means(values, codes, 1) == np.inf
    assert medians(values, codes, 1) == np.inf
    assert not np.isfinite(deviations(values, codes, 1)).any()


@pytest.mark.parametrize("size", [1e-200, 1e-170, 1.0, 1e160, 1e300])
def test_a_deviation_neither_overflows_nor_vanishes(size):
    values = size * np.array([1.0, 2.0, 4.0, 3.0, 3.5])
    computed = deviations(values, np.array([0, 0, 0, 1, 1]), 3)
    expected = [size * np.std([1, 2, 4], ddof=1), size * np.std([3, 3.5], ddof=1)]
    np.testing.assert_allclose(computed[:2], expected, rtol=1e-14)
    assert np.isnan(computed[2])
