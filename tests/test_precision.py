"""The ranges of the precisions, against NumPy's arithmetic with subnormal numbers as 0."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnnsweep import precision
from rnnsweep.vocabulary import DTYPES, LOSSES


def flushed(values):
    """Return the same numbers with subnormal ones as 0."""
    return np.where(abs(values) < np.finfo(values.dtype).tiny, np.zeros_like(values), values)


@pytest.mark.parametrize("dtype", DTYPES)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1.1754944e-38)
@example(1.1754943e-38)
@example(3.4028235e38)
@example(3.4028236e38)
@example(-5e-324)
def test_a_precision_holds_a_number_that_becomes_neither_0_nor_infinite(dtype, value):
    with np.errstate(over="ignore"):
        taken = flushed(np.array([value], dtype))[0]
    assert precision.holds(dtype, value) == (value == 0 or (taken != 0 and np.isfinite(taken)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_limits_are_held_as_they_are_written(dtype):
    for limit in precision.limits(dtype):
        text = precision.written(limit, dtype)
        assert "+" not in text
        assert precision.holds(dtype, float(text))
        assert np.dtype(dtype).type(text) == limit
    assert not precision.holds(dtype, precision.limits(dtype).smallest / 2)


@given(st.floats(0, 1e30), st.floats(1e-30, 1e30))
@example(1.7185237561755396e16, 1.0)
def test_losses_are_those_of_their_errors(error, delta):
    errors = np.array([error])
    assert (
        precision.loss_of("mse", errors, delta)[0] == error * error
    )  # error**2 may round otherwise
    assert precision.loss_of("mae", errors, delta)[0] == error
    huber = error**2 / 2 if error <= delta else delta * (error - delta / 2)
    assert precision.loss_of("huber", errors, delta)[0] == pytest.approx(huber, rel=1e-12)
    for loss in set(LOSSES) - {"mse", "mae", "huber"}:
        assert precision.loss_of(loss, errors, delta) is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_number_takes_the_bytes_that_numpy_needs(dtype):
    assert np.zeros(3, dtype).nbytes == 3 * precision.item_bytes(dtype)
