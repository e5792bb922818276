"""The elementary functions compared with wider arithmetic.

The table in `rnnsweep/kernels/elementary.py` is what these tests measure; print it again with
`pytest tests/kernels/test_elementary.py -k in_ulp -rP`.
"""

import re
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numba import config, njit

from benchmarks import formulas, precision
from benchmarks.formulas import SIN_RANGE
from benchmarks.precision import DTYPES, WIDER, has_wider, points, ulp_errors
from rnnsweep.kernels import elementary
from rnnsweep.kernels.flags import INLINED, UNCACHED
from rnnsweep.kernels.subnormals import FLUSHES, flush_subnormals, restore_mode

POINTS = 300 if config.DISABLE_JIT else 50_000
FROM_PYTHON = INLINED | {"no_cpython_wrapper": False}


@njit(**FROM_PYTHON)
def sine(x):
    return elementary.sin_cos(x)[0]


@njit(**FROM_PYTHON)
def cosine(x):
    return elementary.sin_cos(x)[1]


@njit(**FROM_PYTHON)
def distribution(x):
    return elementary.normal(x)[0]


@njit(**FROM_PYTHON)
def density(x):
    return elementary.normal(x)[1]


def elementwise(function):
    """Return the loop z[i] = function(z[i]), compiled as in kernels."""

    @njit(**UNCACHED | {"no_cpython_wrapper": False})
    def loop(z):
        mode = flush_subnormals()
        for i in range(z.size):
            z[i] = function(z[i])
        restore_mode(mode)

    return loop


def counts_as_above_0(x):
    """Where log has a value: a subnormal x is 0 for it, and for its twin if kernels flush."""
    return x > 0 if FLUSHES else x >= np.finfo(x.dtype).tiny


class Case(NamedTuple):
    fast: Callable
    naive: Callable
    ulp: float  # a little over the largest error measured, so that a lost digit shows
    domain: Callable = lambda x: np.full(x.shape, True)


CASES = {
    "exp_up_to_0": Case(elementary.exp_up_to_0, np.exp, 1.1, lambda x: x <= 0),
    "exp": Case(elementary.exp, np.exp, 1.1),
    "log": Case(elementary.log, np.log, 1.3, counts_as_above_0),
    "expm1_below_0": Case(elementary.expm1_below_0, np.expm1, 1.3, lambda x: x <= 0),
    "log1p_up_to_1": Case(
        elementary.log1p_up_to_1, np.log1p, 1.2, lambda x: (x >= -0.5) & (x <= 1)
    ),
    "tanh": Case(elementary.tanh, np.tanh, 2.7),
    "sigmoid": Case(elementary.sigmoid, formulas.sigmoid, 2.6),
    "softplus": Case(elementary.softplus, formulas.softplus, 2.0),
    "sine": Case(sine, np.sin, 3.0, lambda x: np.abs(x) <= SIN_RANGE[x.dtype.type]),
    "cosine": Case(cosine, np.cos, 3.0, lambda x: np.abs(x) <= SIN_RANGE[x.dtype.type]),
    "distribution": Case(distribution, formulas.distribution, 4.0, lambda x: np.abs(x) <= 1),
    "density": Case(density, formulas.density, 2.5, lambda x: np.abs(x) <= 1),
}
LOOPS = {name: elementwise(case.fast) for name, case in CASES.items()}


def evaluate(name, x):
    """Run the loop on a copy. Plain Python warns of overflow, machine code does not."""
    z = x.copy()
    with np.errstate(all="ignore"):
        LOOPS[name](z)
    return z


def wide(name, x):
    """Return the naive twin's values in the wider type."""
    return precision.wide(CASES[name].naive, x)


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


@pytest.fixture
def wider_dtype(dtype):
    if not has_wider(dtype):
        pytest.skip("this platform has no type wider than float64")
    return dtype


@pytest.mark.parametrize("name", CASES)
def test_error_in_ulp(name, wider_dtype):
    x = points(wider_dtype, POINTS)
    x = x[CASES[name].domain(x)]
    got, want = evaluate(name, x), wide(name, x)
    with np.errstate(over="ignore"):
        finite = np.isfinite(want.astype(wider_dtype))
    np.testing.assert_array_equal(np.isfinite(got), finite)
    errors = ulp_errors(got[finite], want[finite])
    worst = errors.argmax()
    sys.stdout.write(
        f"{name} {wider_dtype.__name__} {errors[worst]:.2f} ulp at {x[finite][worst]!r}\n"
    )
    assert errors[worst] <= CASES[name].ulp


def test_log_is_precise_near_1(wider_dtype):
    distances = np.logspace(np.log10(np.finfo(wider_dtype).eps), -1, POINTS)
    x = np.concatenate([1 - distances, 1 + distances]).astype(wider_dtype)
    assert np.max(ulp_errors(evaluate("log", x), wide("log", x))) <= CASES["log"].ulp


@pytest.mark.parametrize(("name", "slack"), [("distribution", 4.0), ("density", 2.5)])
def test_normal_loses_a_quarter_of_x_squared_ulp_in_its_tails(name, slack, wider_dtype):
    # Rounding a**2 / 2 moves it by up to eps / 2 of itself, and exp turns that absolute error
    # into a relative one of eps a**2 / 4: at most a**2 / 2 ulp, as an ulp is at least eps / 2.
    x = points(wider_dtype, POINTS)
    x = x[np.abs(x) < 40]
    got, want = evaluate(name, x), wide(name, x)
    allowed = slack + x.astype(want.dtype) ** 2 / 2
    assert np.all(ulp_errors(got, want) <= allowed)
    assert np.max(np.abs(got - want)) <= 1.01 * np.finfo(wider_dtype).eps


@pytest.mark.parametrize("name", ["sine", "cosine"])
def test_the_error_of_sine_beyond_its_range_is_that_of_a_small_change_of_x(name, wider_dtype):
    rng = np.random.default_rng(5)
    digits = rng.uniform(np.log10(SIN_RANGE[wider_dtype]), 19, 4 * POINTS)
    x = (10**digits).astype(wider_dtype)
    got, want = evaluate(name, x), wide(name, x)
    assert np.all(np.abs(got - want) <= 3 * np.finfo(wider_dtype).eps * x)


INF, NAN = np.inf, np.nan
SPECIAL = {
    "exp_up_to_0": [(-INF, 0.0), (0.0, 1.0), (-0.0, 1.0)],
    "exp": [(-INF, 0.0), (INF, INF), (0.0, 1.0), (-0.0, 1.0)],
    "log": [(-INF, NAN), (INF, INF), (0.0, -INF), (-0.0, -INF), (1.0, 0.0), (-1.0, NAN)],
    "expm1_below_0": [(-INF, -1.0), (0.0, 0.0)],
    "log1p_up_to_1": [(0.0, 0.0)],
    "tanh": [(-INF, -1.0), (INF, 1.0), (0.0, 0.0), (-0.0, -0.0)],
    "sigmoid": [(-INF, 0.0), (INF, 1.0), (0.0, 0.5)],
    "softplus": [(-INF, 0.0), (INF, INF)],
    "sine": [(-INF, NAN), (INF, NAN), (0.0, 0.0), (-0.0, -0.0)],
    "cosine": [(-INF, NAN), (INF, NAN), (0.0, 1.0), (-0.0, 1.0)],
    "distribution": [(-INF, 0.0), (INF, 1.0), (0.0, 0.5)],
    "density": [(-INF, 0.0), (INF, 0.0)],
}


@pytest.mark.parametrize("name", CASES)
def test_special_values(name, dtype):
    x, want = np.array([(NAN, NAN), *SPECIAL[name]], dtype).T
    got = evaluate(name, x)
    np.testing.assert_array_equal(got, want)
    numbers = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got[numbers]), np.signbit(want[numbers]))


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("tanh", -1, 1),
        ("sigmoid", 0, 1),
        ("sine", -1, 1),
        ("cosine", -1, 1),
        ("distribution", 0, 1),
    ],
)
def test_never_leaves_its_range(name, least, most, dtype):
    got = evaluate(name, points(dtype, POINTS))
    assert np.all((got >= least) & (got <= most))


def test_tanh_is_odd(dtype):
    x = points(dtype, POINTS)
    np.testing.assert_array_equal(evaluate("tanh", -x), -evaluate("tanh", x))


@pytest.mark.skipif(not FLUSHES, reason="kernels keep subnormal numbers here")
@pytest.mark.parametrize("name", ["exp_up_to_0", "exp", "sigmoid", "softplus"])
def test_a_result_below_the_normal_numbers_is_0(name, dtype):
    least = np.finfo(dtype).tiny
    x = np.linspace(1.3 * np.log(least), np.log(least) + 1, POINTS).astype(dtype)
    got, want = evaluate(name, x), wide(name, x)
    # On the edge itself the last digit decides.
    edge = np.abs(want / WIDER[dtype](least) - 1) < 1e-3
    np.testing.assert_array_equal((got == 0)[~edge], (want == 0)[~edge])
    assert np.all((got == 0) | (got >= least))


@pytest.mark.skipif(not FLUSHES, reason="kernels keep subnormal numbers here")
@pytest.mark.parametrize("name", CASES)
def test_a_subnormal_argument_is_0(name, dtype):
    finfo = np.finfo(dtype)
    x = np.array([finfo.smallest_subnormal, finfo.tiny / 2, finfo.tiny / 1.001], dtype)
    x = np.concatenate([x, -x])
    x = x[CASES[name].domain(x)]
    np.testing.assert_array_equal(np.abs(evaluate(name, x)), np.abs(evaluate(name, 0 * x)))


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: no machine code to look at")
@pytest.mark.parametrize("name", CASES)
def test_vectorises_in_its_own_precision(name, dtype):
    LOOPS[name](np.zeros(1, dtype))
    array = next(s for s in LOOPS[name].signatures if s[0].dtype.name == dtype.__name__)
    code = LOOPS[name].inspect_llvm(array)
    real = {np.float32: "float", np.float64: "double"}
    assert re.search(rf"f(add|mul) contract <\d+ x {real[dtype]}>", code)
    if dtype is np.float32:  # a Python number in an expression would make it float64
        assert not re.search(r"\bf(add|sub|mul|div) [a-z ]*(<\d+ x )?double", code)
    # Neither the C library's functions nor LLVM's own, which end in it, nor one left as a call.
    called = {c for c in re.findall(r"call .*?@([\w.]+)\(", code) if "elementwise" not in c}
    assert not {c for c in called if re.search(r"exp|log|tan|sin|cos|erf|pow|_ZN", c)}
