"""Activations compared with their formulas, with central differences and with PyTorch."""

import numpy as np
import pytest
from from_python import from_python
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numba import config

from benchmarks.formulas import FORMULAS
from rnnsweep.kernels import activations
from rnnsweep.vocabulary import ACTIVATIONS

INF, NAN = np.inf, np.nan
POINTS = 200 if config.DISABLE_JIT else 20_000
DTYPES = (np.float32, np.float64)


KERNELS = {name: from_python(entry.kernel) for name, entry in activations.ACTIVATIONS.items()}


def value_and_slope(name, z):
    """Return value and slope of a copy. Plain Python warns of overflow; machine code does not."""
    slope = z.copy()
    value = np.empty_like(z)
    with np.errstate(all="ignore"):
        KERNELS[name](slope, value)
    return value, slope


def arguments(dtype):
    """Return numbers, dense around 0, and out to where all but sin are flat or straight."""
    tiny = np.logspace(-30, 0, POINTS)
    dense = np.linspace(-8, 8, POINTS)
    far = np.linspace(-80, 80, POINTS)
    return np.concatenate([-tiny, tiny, dense, far]).astype(dtype)


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_equals_the_formula(name, dtype):
    z = arguments(dtype)
    got = value_and_slope(name, z)[0].astype(np.float64)
    want = FORMULAS[name].value(z.astype(np.float64))
    # 4 eps of the value: the few ulp of the elementary functions (test_elementary) and a product
    # or two; in float64 also the rounding of the formula. Products of subnormals lose up to half
    # a step. gelu's tail carries the rounding of z**2 / 2, in the formula too, so its bound is
    # absolute: 0.4 eps measured against wider arithmetic, and the same again for the formula.
    eps = np.finfo(dtype).eps
    allowed = 4 * eps * np.abs(want) + np.finfo(dtype).smallest_subnormal
    if name == "gelu":
        allowed[z < -1] = 0.8 * eps
    assert np.all(np.abs(got - want) <= allowed)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_equals_the_formula(name, dtype):
    z = arguments(dtype)
    got = value_and_slope(name, z)[1].astype(np.float64)
    want = FORMULAS[name].slope(z.astype(np.float64))
    # Absolute, because the derivative is computed from the value where that is possible: 1 -
    # tanh**2 has twice the value's absolute error: 2.5 eps measured, the others 1.4 at most.
    np.testing.assert_allclose(got, want, rtol=0, atol=3 * np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_equals_central_differences(name):
    step = 1e-5
    z = np.linspace(-6, 6, 2000)
    for kink in FORMULAS[name].kinks:
        z = z[np.abs(z - kink) > 2 * step]
    above, below = (value_and_slope(name, z + shift)[0] for shift in (step, -step))
    # Truncation is step**2 / 6 times a third derivative below 2, so under 4e-11; rounding is
    # a few eps of a value up to 6, over 2 step, so under 3e-10.
    np.testing.assert_allclose(
        value_and_slope(name, z)[1], (above - below) / (2 * step), rtol=0, atol=5e-10
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_jumps_at_the_kinks_of_the_formula_alone(name):
    z = np.linspace(-8, 8, 160_002)  # misses whole numbers and their simple fractions
    jumps = np.abs(np.diff(value_and_slope(name, z)[1])) > 0.01  # a smooth slope changes by 2e-4
    # The step from z to the next number is below 1e-4.
    assert z[:-1][jumps].tolist() == pytest.approx(FORMULAS[name].kinks, abs=1e-4), "kinks"


@pytest.mark.parametrize(
    ("name", "kink", "slope"),
    [
        ("relu", 0, 0),
        ("leaky_relu", 0, 0.01),
        ("elu", 0, 1),
        ("hard_tanh", -1, 0),
        ("hard_tanh", 1, 0),
    ],
)
def test_derivative_at_a_kink_is_pytorch_s(name, kink, slope, dtype):
    value, got = value_and_slope(name, np.array([kink], dtype))
    assert value == kink
    assert got == dtype(slope)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_infinities_give_the_limits(name, dtype):
    value, slope = value_and_slope(name, np.array([-INF, INF], dtype))
    want = np.array(FORMULAS[name].limits, dtype)
    np.testing.assert_array_equal(value, want[:, 0])
    np.testing.assert_array_equal(slope, want[:, 1])


EXTREMES = [0.0, -0.0, 1.0, -1.0, 1e-45, 5e-324, 80.0, -90.0, -104.0, 710.0, -746.0, 3e38, -3e38]


@pytest.mark.parametrize("dtype", DTYPES)
@settings(deadline=None)  # the first example compiles
@given(data=st.data())
def test_nan_stays_nan_and_nothing_else_becomes_nan(dtype, data):
    width = np.finfo(dtype).bits
    numbers = st.floats(width=width) | st.sampled_from([*EXTREMES, INF, -INF, NAN]).map(dtype)
    # Up to 70 elements: the vectorised loop and its rest.
    z = data.draw(npst.arrays(dtype, st.integers(1, 70), elements=numbers))
    for name in ACTIVATIONS:
        value, slope = value_and_slope(name, z)
        undefined = ~np.isfinite(z) if name == "sin" else np.isnan(z)
        np.testing.assert_array_equal(np.isnan(value), undefined, name)
        assert not np.isnan(slope[~undefined]).any(), name
        assert np.all(np.abs(slope[~undefined]) <= 1.2), name


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_compiles_once_a_precision():
    for dtype in DTYPES:
        for name in ACTIVATIONS:
            value_and_slope(name, np.ones(3, dtype))
            value_and_slope(name, np.ones((2, 3), dtype).reshape(-1))
    assert all(len(kernel.signatures) == 2 for kernel in KERNELS.values())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_equals_pytorch(name, dtype):
    torch = pytest.importorskip("torch")
    points = arguments(dtype)
    z = torch.tensor(points, requires_grad=True)
    from rnnsweep.network.torch_functions import FUNCTIONS

    if name not in FUNCTIONS:
        pytest.skip(f"PyTorch has no function {name}")
    want = FUNCTIONS[name](z)
    want.sum().backward()
    value, slope = value_and_slope(name, points)
    # 4 eps for either side. PyTorch's gelu, silu and the like also carry the rounding of a factor
    # near 1 or 0, times a z of up to 37, past which the difference is 0. `test_ulp.py` is strict.
    eps = np.finfo(dtype).eps
    absolute = 24 * eps
    np.testing.assert_allclose(value, want.detach().numpy(), rtol=8 * eps, atol=absolute)
    np.testing.assert_allclose(slope, z.grad.numpy(), rtol=8 * eps, atol=absolute)
