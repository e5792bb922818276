"""Mean and standard deviation of numbers of every size, and columns with nothing to divide by."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks.csv import Csv
from rnnsweep.tasks.scaling import Scale, no_spread


@settings(deadline=None)
@given(arrays(np.float64, st.integers(2, 50), elements=st.floats(-1e6, 1e6)))
def test_numbers_of_common_size_are_scaled_to_the_same_bits_as_ever(values):
    assume(no_spread(values) is None and np.abs(values).max() > 1e-100)
    scale = Scale.of(values)
    assert scale == (values.mean(), values.std())
    expected = (values - values.mean()) / values.std()
    # A value far below the mean may become 0, which changes no bit of their difference.
    np.testing.assert_array_equal(scale.apply(values), expected)
    np.testing.assert_array_equal(scale.undo(expected), expected * values.std() + values.mean())


@settings(deadline=None)
@given(
    st.lists(st.integers(-1000, 1000), min_size=3).filter(lambda values: len(set(values)) > 1),
    st.integers(-1000, 1010),
)
def test_a_power_of_two_changes_nothing(values, power):
    plain = np.array(values, float)
    moved = np.ldexp(plain, power)
    assume(np.isfinite(moved).all())
    assert no_spread(plain) is None
    assert no_spread(moved) is None
    scaled = Scale.of(moved).apply(moved)
    np.testing.assert_array_equal(scaled, Scale.of(plain).apply(plain))
    rounding = 1e-12 * np.abs(moved).max()
    np.testing.assert_allclose(Scale.of(moved).undo(scaled), moved, rtol=0, atol=rounding)


def task(path, column, **keys):
    rows = "".join(f"{i},{value!r}\n" for i, value in enumerate(column))
    path.write_text("a,b\n" + rows)
    return Csv.model_validate({"name": "csv", "path": str(path), "target": "b", "window": 2} | keys)


@pytest.mark.parametrize("size", [1e301, -1e308, 1e155, 1e-160, 1e-300])
def test_a_column_of_any_size_is_scaled_as_one_of_common_size(tmp_path, size):
    shape = np.sin(np.arange(40))
    plain = task(tmp_path / "a.csv", (abs(size) / size * shape).tolist())
    wild = task(tmp_path / "b.csv", (size * shape).tolist())
    for one, other in zip(plain.data(0), wild.data(0), strict=True):
        np.testing.assert_allclose(one.x, other.x, rtol=1e-9, atol=1e-12)
    losses = [baselines(each.data(0), "mse") for each in (plain, wild)]
    assert losses[1] == pytest.approx(losses[0])
    assert losses[1]["mean"] > 0.1


# Numbers that differ by rounding alone, or whose spread is too small for a number.
FLAT = {
    "constant": ([0.3] * 40, "is constant over"),
    "rounding": ([0.3, 0.30000000000000004] * 20, "is constant up to rounding"),
    "sums": ([0.1 * 3, 0.3, 0.2 + 0.1, 1 - 0.7] * 10, "is constant up to rounding"),
    "large": ([1e300, 1e300 * (1 + 4e-16)] * 20, "is constant up to rounding"),
    "small": ([-1e-300, -1e-300 * (1 + 4e-16)] * 20, "is constant up to rounding"),
    "drift": ([7 + i * 1e-15 for i in range(40)], "is constant up to rounding"),
    "zeros": ([0.0, -0.0] * 20, "is constant over"),
    "subnormal": ([0.0, 5e-324] * 20, "a spread below 2e-308"),
    "in the training rows alone": ([0.3, 0.30000000000000004] * 12 + [5.0, 6.0] * 8, "is constant"),
}


@pytest.mark.parametrize("which", FLAT)
def test_a_column_without_a_spread_is_refused(tmp_path, which):
    column, match = FLAT[which]
    for keys in ({}, {"target": "a", "inputs": ["b"]}):
        with pytest.raises(ValidationError, match=match):
            task(tmp_path / "a.csv", column, **keys)
    assert task(tmp_path / "a.csv", column, scaling="none")


@pytest.mark.parametrize("spread", [1e-6, 1e-9, 1e-12])
def test_a_small_spread_is_allowed(tmp_path, spread):
    """Nanoseconds since 1970, the pressure of the air in pascal."""
    column = 1.7 * (1 + spread * np.sin(np.arange(40)))
    assert np.std(task(tmp_path / "a.csv", column.tolist()).data(0).train.y) == pytest.approx(
        1, rel=0.3
    )
