"""Intervals by resampling of seeds: how often they cover, and what a resample is."""

import numpy as np
import pytest
from scipy import stats

from rnnsweep.analysis.bootstrap import SeedResamples
from rnnsweep.analysis.intervals import share_intervals
from rnnsweep.analysis.student import Z_975


def interval(values, *seeds):
    resamples = SeedResamples([list(column) for column in seeds], len(values))
    low, high = resamples.interval(np.nanmean(values), resamples.means(values))
    return float(low), float(high)


# Seeds, and the share of intervals that cover the mean, of ours and of the usual percentile
# interval, from 4,000 samples: of normal numbers, and of log-normal ones.
SHARES = [
    ("normal", 3, 0.947, 0.751),
    ("normal", 5, 0.952, 0.838),
    ("normal", 10, 0.948, 0.903),
    ("log-normal", 3, 0.849, 0.636),
    ("log-normal", 5, 0.823, 0.717),
]


@pytest.mark.parametrize(("kind", "n", "covers", "percentile_covers"), SHARES)
def test_how_often_the_interval_covers_the_mean(kind, n, covers, percentile_covers):
    samples = np.random.default_rng(1).standard_normal((n, 4000))
    if kind == "log-normal":
        samples = np.exp(samples) - np.exp(0.5)
    resamples = SeedResamples([range(n)], n)
    means = resamples.means(samples)
    low, high = resamples.interval(samples.mean(axis=0), means)
    # Four standard errors of the share, and as many of the share that it is compared with.
    assert ((low <= 0) & (high >= 0)).mean() == pytest.approx(covers, abs=0.03)
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    assert ((low <= 0) & (high >= 0)).mean() == pytest.approx(percentile_covers, abs=0.04)


def test_seeds_are_resampled_for_all_settings_together():
    # Differences that depend on the seed alone: more settings bring no more knowledge.
    random = np.random.default_rng(2)
    by_seed = random.standard_normal((2000, 4, 1))
    values = np.broadcast_to(by_seed, (2000, 4, 16)).reshape(2000, 64).T
    seeds = np.repeat(range(4), 16)
    resamples = SeedResamples([seeds.tolist()], 64)
    low, high = resamples.interval(values.mean(axis=0), resamples.means(values))
    assert 0.92 < ((low <= 0) & (high >= 0)).mean() < 0.97
    alone = interval(by_seed[0, :, 0], range(4))
    assert interval(values[:, 0], seeds.tolist()) == pytest.approx(alone)


def test_the_interval_is_like_that_of_scipy_for_many_seeds():
    values = np.exp(np.random.default_rng(3).standard_normal(200))
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=5000, rng=np.random.default_rng(0)
    ).confidence_interval
    assert interval(values, range(200)) == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_crossed_seeds_are_resampled_each_by_itself():
    effects = np.random.default_rng(4).standard_normal((2, 6))
    data, start = np.meshgrid(range(6), range(6), indexing="ij")
    values = (effects[0][data] + effects[1][start]).ravel()
    columns = [data.ravel().tolist(), start.ravel().tolist()]
    resamples = SeedResamples(columns, 36)
    assert (resamples.is_crossed, resamples.n_seeds) == (True, 6)
    # The variance of a mean over both is the sum of the two.
    expected = np.sqrt(effects.var(axis=1, ddof=1).sum() / 6)
    se = resamples.standard_error(resamples.means(values))
    assert se == pytest.approx(expected, rel=0.1)
    # Pairs of seeds are not 36 seeds.
    low, high = interval(values, *columns)
    assert high - low > 2 * Z_975 * values.std(ddof=1) / 6 * 1.5


def test_seeds_that_vary_together_are_one():
    column = [0, 0, 1, 1, 2, 2]
    resamples = SeedResamples([column, [5] * 6, [7 + value for value in column]], 6)
    assert (resamples.is_crossed, resamples.n_seeds) == (False, 3)
    assert resamples.unit.tolist() == column
    assert (resamples.weights.sum(axis=1) == 3).all()


@pytest.mark.parametrize("seeds", [[], [[4, 4]]])
def test_one_seed_has_no_interval(seeds):
    assert np.isnan(interval(np.array([1.0, 2.0]), *seeds)).all()


def test_a_resample_without_a_number_is_left_out():
    values = np.array([1.0, 2.0, np.nan])
    low, high = interval(values, range(3))
    assert np.isfinite([low, high]).all()
    nothing = SeedResamples([range(2)], 2)
    low, high = nothing.interval(np.nan, nothing.means(np.array([np.nan, np.nan])))
    assert np.isnan([low, high]).all()


def test_nothing_to_resample():
    resamples = SeedResamples([[]], 0)
    assert resamples.n_seeds == 0
    assert np.isnan(resamples.interval(np.nan, resamples.means(np.empty(0)))).all()


# Settings, the correlation of their trials with the same seed, and seeds.
@pytest.mark.parametrize(
    ("n_settings", "correlation", "n"),
    [(1, 0.0, 3), (1, 0.0, 10), (8, 0.0, 3), (8, 0.5, 3), (8, 0.5, 5), (8, 0.5, 10)],
)
@pytest.mark.parametrize("share", [0.5, 0.75, 0.9])
def test_the_interval_of_a_share_covers_it(n_settings, correlation, n, share):
    random = np.random.default_rng(0)
    common = random.standard_normal((2000, n, 1))
    own = random.standard_normal((2000, n, n_settings))
    drawn = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * own
    better = (drawn < stats.norm.ppf(share)).astype(float).reshape(2000, n * n_settings).T
    resamples = SeedResamples([np.repeat(range(n), n_settings).tolist()], n * n_settings)
    se = resamples.standard_error(resamples.means(better))
    low, high = share_intervals(better.mean(axis=0), n * n_settings, se, resamples.t)
    # 94 % or more, less four standard errors.
    assert ((low <= share) & (share <= high)).mean() > 0.94 - 0.021
