"""Standard errors of means over crossed seeds: a naive twin, and how often the interval covers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seed_cases import APART, outcomes_of, planted

from rnnsweep.analysis.standard_errors import standard_errors
from rnnsweep.analysis.student import t_975
from rnnsweep.analysis.summary import summarise


def naive(numbers):
    """The standard error and degrees of freedom of the mean of {(seed, seed, ...): number}."""
    n, mean = len(numbers), np.mean([*numbers.values()])
    square, uncertain = 0.0, 0.0
    for axis in range(len(next(iter(numbers)))):
        of_value = {}
        for seeds, number in numbers.items():
            of_value.setdefault(seeds[axis], []).append(number - mean)
        if len(of_value) > 1:
            sums = sum(sum(each) ** 2 for each in of_value.values())
            of_seed = sums / n**2 * len(of_value) / (len(of_value) - 1)
            square += of_seed
            uncertain += of_seed**2 / (len(of_value) - 1)
    if n == 1:
        return math.nan, 0
    independent = np.std([*numbers.values()], ddof=1) / math.sqrt(n)
    effective = square**2 / uncertain if uncertain else math.inf
    return max(math.sqrt(square), independent), min(effective, n - 1)


seeds = st.tuples(*[st.integers(0, 2)] * 3)
groups = st.dictionaries(seeds, st.floats(0, 10), min_size=1, max_size=12)


@given(st.lists(groups, min_size=1, max_size=3))
def test_the_standard_error_equals_that_of_the_naive_twin(tables):
    rows = [
        (place, *values, number)
        for place, own in enumerate(tables)
        for values, number in own.items()
    ]
    codes, *columns, numbers = (np.array(column) for column in zip(*rows, strict=True))
    se, freedom = standard_errors(numbers.astype(float), codes, len(tables), columns)
    for place, own in enumerate(tables):
        want, df = naive(own)
        assert df - 1 < freedom[place] + 1e-6
        assert freedom[place] <= df + 1e-6
        assert se[place] == pytest.approx(want, rel=1e-9, abs=1e-12, nan_ok=True)


@given(st.lists(st.floats(0, 1e150), min_size=2, max_size=9))
def test_trials_with_seeds_of_their_own_are_independent(numbers):
    values, codes = np.array(numbers), np.zeros(len(numbers), np.intp)
    se, freedom = standard_errors(values, codes, 1, [np.arange(len(numbers))])
    assert freedom.tolist() == [len(numbers) - 1]
    want = values.std(ddof=1) / math.sqrt(len(values))
    # Rounding of the mean of large numbers, and squares that are 0.
    assert se[0] == pytest.approx(want, rel=1e-9, abs=1e-12 * values.max() + 1e-150)


def test_losses_whose_squares_overflow():
    columns = [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])]
    losses = np.array([1.0, 2.0, 4.0, 3.0])
    (se,), _ = standard_errors(losses, np.zeros(4, np.intp), 1, columns)
    (large,), _ = standard_errors(1e300 * losses, np.zeros(4, np.intp), 1, columns)
    assert large == pytest.approx(1e300 * se, rel=1e-12)


def test_a_number_that_is_missing_does_not_count():
    columns = [np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0])]
    values, codes = np.array([1.0, 2.0, 4.0, 3.0, math.nan]), np.zeros(5, np.intp)
    se, freedom = standard_errors(values, codes, 1, columns)
    want, _ = naive({(0, 0): 1.0, (0, 1): 2.0, (1, 0): 4.0, (1, 1): 3.0})
    assert se[0] == pytest.approx(want)
    assert 1 <= freedom[0] <= 2


@given(st.lists(st.floats(0, 10), min_size=12, max_size=12), st.permutations(range(12)))
def test_trials_of_one_seed_count_once(numbers, order):
    # Three settings with four seeds: the interval is that of the four means over the settings.
    order = np.array(order)
    values, seed = np.array(numbers), np.arange(12) % 4
    se, freedom = standard_errors(values[order], np.zeros(12, np.intp), 1, [seed[order]])
    means = values.reshape(3, 4).mean(axis=0)
    assert freedom.tolist() == [3]
    assert se[0] == pytest.approx(means.std(ddof=1) / 2, rel=1e-9, abs=1e-12)


def test_one_seed_has_no_standard_error():
    se, _ = standard_errors(np.arange(4.0), np.zeros(4, np.intp), 1, [np.zeros(4, np.intp)])
    assert math.isnan(se[0])
    se, _ = standard_errors(np.arange(4.0), np.zeros(4, np.intp), 1, [])
    assert math.isnan(se[0])


def test_several_settings_with_crossed_seeds():
    # Settings that differ much, with the same effects of the seeds: they widen no interval.
    rng = np.random.default_rng(0)
    one = rng.random((3, 3))
    columns = [place.ravel() for place in np.indices((2, 3, 3))]
    both = np.stack([one, one + 100.0]).ravel()
    se, freedom = standard_errors(both, np.zeros(18, np.intp), 1, columns[1:])
    alone, df = standard_errors(
        one.ravel(), np.zeros(9, np.intp), 1, [column[:9] for column in columns[1:]]
    )
    assert se[0] == pytest.approx(alone[0])
    assert freedom.tolist() == df.tolist()


@pytest.mark.parametrize("n_seeds", [3, 5, 10])
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_the_interval_of_a_group_of_settings_covers_the_mean(n_seeds, share):
    # 6 settings with means of their own, and effects of each seed, and of each seed and setting.
    # With `share` below 1 as many trials are missing, at random.
    rng = np.random.default_rng(1)
    n, n_settings = 2000, 6
    settings = np.linspace(0, 5, n_settings)[:, np.newaxis]
    effects = rng.standard_normal((n, 1, n_seeds)) + rng.standard_normal((n, n_settings, n_seeds))
    present = rng.random(effects.shape) < share
    values = np.where(present, settings + effects, np.nan)
    group, _, seed = (place.ravel() for place in np.indices(values.shape))
    se, freedom = standard_errors(values.ravel(), group, n, [seed])
    # Over other seeds, the mean of the same trials would be that of their settings' means.
    truth = np.nanmean(np.where(present, settings, np.nan), axis=(1, 2))
    t = np.array([t_975(int(df)) for df in freedom])
    covers = (abs(np.nanmean(values, axis=(1, 2)) - truth) <= t * se).mean()
    assert covers == pytest.approx(0.95, abs=0.015) if share == 1 else covers >= 0.93


def test_as_if_trials_were_independent_the_interval_would_be_too_narrow():
    rng = np.random.default_rng(1)
    effects = rng.standard_normal((2000, 1, 3)) + 0.5 * rng.standard_normal((2000, 6, 3))
    flat = effects.reshape(2000, -1)
    wide = t_975(17) * flat.std(axis=1, ddof=1) / math.sqrt(18)
    assert (abs(flat.mean(axis=1)) <= wide).mean() == pytest.approx(0.5, abs=0.05)


# What the interval covers at least: three standard errors of a share below what was measured.
COVERS = {(2, 10): 0.87, (3, 3): 0.95, (3, 10): 0.92, (5, 5): 0.93, (5, 5, 5): 0.93}


@pytest.mark.parametrize("shape", COVERS)
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (1, 0.2, 0.05, 0.5), (0, 0, 0, 1)])
def test_the_interval_covers_the_mean(shape, sizes):
    # Of each seed an effect, and of each trial one; all of a mean of 0.
    rng = np.random.default_rng(0)
    n = 2000
    total = sizes[3] * rng.standard_normal((n, *shape))
    for axis, n_values in enumerate(shape):
        wide = [n_values if a == axis else 1 for a in range(len(shape))]
        total = total + sizes[axis] * rng.standard_normal((n, *wide))
    columns = np.indices(total.shape).reshape(1 + len(shape), -1)
    se, freedom = standard_errors(total.ravel(), columns[0], n, list(columns[1:]))
    assert min(freedom) >= min(shape) - 1
    assert max(freedom) <= sum(shape) - len(shape)
    means = total.reshape(n, -1).mean(axis=1)
    t = np.array([t_975(int(df)) for df in freedom])
    assert (abs(means) <= t * se).mean() >= COVERS[shape]
    # As if trials were independent, it covers the mean too rarely where a seed decides.
    plain = total.reshape(n, -1).std(axis=1, ddof=1) / math.sqrt(math.prod(shape))
    covers = (abs(means) <= t_975(math.prod(shape) - 1) * plain).mean()
    assert covers < 0.8 if sizes[0] else covers == pytest.approx(0.95, abs=0.015)


def test_the_summary_widens_the_interval_of_crossed_seeds():
    losses = planted([0.05, 0.2, 0.0, 0.01], (1, 1, 5, 5, 5))
    summary = summarise(outcomes_of(losses), [], success=False)
    assert summary.crossed == APART
    crossed = summary.statistics
    alone = outcomes_of(losses)
    for name in APART:  # the same losses, as if each trial had seeds of its own
        alone.settings[name] = [*range(125)]
    summary = summarise(alone, [], success=False)
    assert summary.crossed == ()
    independent = summary.statistics
    for name in ("mean", "std", "median"):
        assert crossed[name] == independent[name]
    width, plain = (
        math.log(each["ci95_high"][0] / each["ci95_low"][0]) for each in (crossed, independent)
    )
    assert width > 4 * plain
