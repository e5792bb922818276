"""Which elements dropout sets to 0; `tests/training` has trainings with dropout."""

import numpy as np
import pytest
from from_python import from_python

from rnnsweep.kernels import draws

N = 100_000

drop = from_python(draws.drop)


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
