"""The largest slope of an activation by formula is that of central differences."""

import numpy as np
import pytest

from rnnsweep.cells.formula_slope import largest_slope


@pytest.mark.parametrize(
    ("formula", "function"),
    [
        ("tanh(x)", np.tanh),
        ("x * tanh(softplus(x))", lambda x: x * np.tanh(np.log1p(np.exp(x)))),
        ("3 * sin(2 * x)", lambda x: 3 * np.sin(2 * x)),
        ("max(x, 0) ** 2", lambda x: np.maximum(x, 0) ** 2),
        ("1 - 0.5 * x", lambda x: 1 - 0.5 * x),
    ],
)
def test_the_largest_slope_is_that_of_central_differences(formula, function):
    x = np.linspace(-4, 4, 100_001)
    slopes = (function(x + 1e-6) - function(x - 1e-6)) / 2e-6
    assert largest_slope(formula) == pytest.approx(abs(slopes).max(), rel=1e-3)


def test_a_slope_that_is_not_finite_does_not_count():
    # log(x) is no number below 0; at 0.004, the first point above, it is as steep as it gets.
    assert largest_slope("log(x)") == pytest.approx(1 / 0.004)
    assert largest_slope("log(-1 - x * x)") == 0.0
