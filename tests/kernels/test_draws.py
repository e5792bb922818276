"""Which elements dropout sets to 0, and noise; `tests/training` has trainings with both."""

import math

import numpy as np
import pytest
from from_python import from_python
from numba import config
from scipy import stats

from rnnsweep.kernels import draws
from rnnsweep.vocabulary import DTYPES

# Interpreted, an element takes 20 microseconds.
N = 10_000 if config.DISABLE_JIT else 100_000

drop = from_python(draws.drop)
fill_noise = from_python(draws.fill_noise)


def dropped(rate, key=1, update=1, layer=1, dtype=np.float64):
    values = np.ones(N, dtype)
    with np.errstate(over="ignore"):  # interpreted, NumPy warns of the hash's wrapping products
        drop(values, layer, rate, key, update)
    return values


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5, 0.9])
def test_a_share_is_dropped_and_the_rest_scaled(rate, dtype):
    values = dropped(rate, dtype=dtype)
    assert set(np.unique(values)) == {dtype(0), dtype(1 / (1 - rate))}
    # Five standard deviations of a share of N.
    assert abs(np.mean(values == 0) - rate) < 5 * np.sqrt(rate * (1 - rate) / N)


def test_precisions_drop_the_same():
    np.testing.assert_array_equal(
        dropped(0.3, dtype=np.float32) == 0, dropped(0.3, dtype=np.float64) == 0
    )


@pytest.mark.parametrize(
    "other",
    [{"key": 2}, {"update": 2}, {"layer": 2}, {"key": 2**62 - 1}, {"update": 10**12}],
    ids=str,
)
def test_key_update_and_layer_decide(other):
    one = dropped(0.5) == 0
    np.testing.assert_array_equal(dropped(0.5) == 0, one)
    # Independent: equal in half of the places, within five standard deviations.
    assert abs(np.mean((dropped(0.5, **other) == 0) == one) - 0.5) < 5 * 0.5 / np.sqrt(N)


def test_key_and_update_are_not_merely_added():
    # The masks of key 1, update 2 and of key 2, update 1 are two.
    assert np.any(dropped(0.5, key=1, update=2) != dropped(0.5, key=2, update=1))


@pytest.mark.parametrize("lag", [1, 2, 3, 8, 32, 1000])
def test_neighbours_are_independent(lag):
    mask = dropped(0.5) == 0
    equal = np.mean(mask[lag:] == mask[:-lag])
    assert abs(equal - 0.5) < 5 * 0.5 / np.sqrt(N)  # as above


# ---- noise


def noise(n=N, dtype=np.float64, *, occurrence=0, layer=0, t=0, key=1, update=1):
    values = np.full(n, np.nan, dtype)
    with np.errstate(over="ignore"):  # as above
        fill_noise(values, occurrence, layer, t, key, update)
    return values


@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_is_standard_normal(dtype):
    values = noise(dtype=dtype).astype(np.float64)
    # Five standard deviations of the means of the first four powers of N normal numbers.
    for power, want, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(np.mean(values**power) - want) < 5 * np.sqrt(variance / N), power
    # Of a million right generators one would fail.
    assert stats.kstest(values, "norm").pvalue > 1e-6
    # The radius has 24 bits: the largest is sqrt(2 log(2**24)).
    assert 3 < np.abs(values).max() < np.sqrt(48 * np.log(2)) + 1e-6


def test_noise_in_both_precisions_differs_by_rounding():
    single, double = noise(dtype=np.float32), noise(dtype=np.float64)
    # An angle below 2 pi has an error of two eps of it, times a radius up to 5.8.
    tolerance = 2 * np.finfo(np.float32).eps * 2 * np.pi * 5.8
    np.testing.assert_allclose(single, double, rtol=0, atol=tolerance)
    assert np.any(single != double)


def test_noise_is_box_and_muller_s_transform_of_a_hash():
    # In Python's integers, which have no 64 bits to wrap at.
    def mixed(z):
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    start = mixed(2**62 - 5)
    for number in (10**9, 3, 999, 2):
        start = mixed((start + number) % 2**64)
    got = noise(20, key=2**62 - 5, update=10**9, layer=3, t=999, occurrence=2)
    for k, value in enumerate(got):
        bits = mixed((start + k * 0x9E3779B97F4A7C15) % 2**64)
        radius, angle = (bits // 2**40 + 1) / 2**24, bits // 2**16 % 2**24 / 2**24
        want = math.sqrt(-2 * math.log(radius)) * math.cos(2 * math.pi * angle)
        assert value == pytest.approx(want, rel=1e-13, abs=1e-14)


@pytest.mark.parametrize(
    "other",
    [
        {"key": 2},
        {"key": 2**62 - 1},
        {"update": 2},
        {"update": 10**12},
        {"layer": 1},
        {"t": 1},
        {"occurrence": 1},
    ],
    ids=str,
)
def test_key_update_layer_time_step_and_occurrence_decide(other):
    one, another = noise(), noise(**other)
    np.testing.assert_array_equal(noise(), one)
    assert_independent(one, another)
    assert not np.isin(another, one).mean() > 1e-3  # nor the same numbers at other places


def test_the_numbers_that_decide_noise_are_not_merely_added():
    numbers = ("key", "update", "layer", "t", "occurrence")
    drawn = {noise(4, **{name: 2}).tobytes() for name in numbers}
    assert len(drawn) == len(numbers)
    assert np.any(noise(layer=1, t=2) != noise(layer=2, t=1))


@pytest.mark.parametrize("lag", [1, 2, 3, 8, 32, 1000])
def test_noise_of_neighbours_is_independent(lag):
    values = noise()
    assert_independent(values[lag:], values[:-lag])


def assert_independent(one, other):
    """Check that neither two series nor their squares are correlated."""
    for power in (1, 2):
        correlation = np.corrcoef(one**power, other**power)[0, 1]
        assert abs(correlation) < 5 / np.sqrt(len(one))


def test_a_shorter_batch_has_the_same_noise():
    # Where sequences end, the others keep theirs.
    np.testing.assert_array_equal(noise(100)[:37], noise(37))
