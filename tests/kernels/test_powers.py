"""Powers compared with wider arithmetic, and with the values that C's `pow` has.

The errors in `rnnsweep/kernels/powers.py` are what these tests measure; print them again with
`pytest tests/kernels/test_powers.py -k in_ulp -rP`.
"""

import re
import sys

import numpy as np
import pytest
from numba import config, njit

from benchmarks.precision import DTYPES, WIDER, has_wider, ulp_errors
from rnnsweep.kernels.flags import UNCACHED
from rnnsweep.kernels.powers import power
from rnnsweep.kernels.subnormals import FLUSHES, flush_subnormals, restore_mode

POINTS = 200 if config.DISABLE_JIT else 30_000
INF, NAN = np.inf, np.nan
EXPONENTS = (9, -9, 63, 1.5, -0.25, 1 / 3, 0.1, 100.7, 1e-3, -1e5, 3.000001, 1e8)


@njit(**UNCACHED | {"no_cpython_wrapper": False})
def loop(values, exponent):
    """Raise each value to a power, as a written function of a cell does."""
    mode = flush_subnormals()
    for k in range(values.size):
        values[k] = power(values[k], exponent)
    restore_mode(mode)


def raised(base, exponent):
    """Run the loop on a copy. Plain Python warns of overflow, machine code does not."""
    values = base.copy()
    with np.errstate(all="ignore"):
        loop(values, base.dtype.type(exponent))
    return values


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


def bases(dtype, exponent):
    """Return normal numbers whose powers are within the range, and numbers near 1 on both sides."""
    rng = np.random.default_rng(3)
    most = 0.999 * np.log2(float(np.finfo(dtype).max)) * min(1.0, 1 / abs(exponent))
    near = 2.0 ** rng.uniform(-50, -1, POINTS)
    base = np.concatenate([2 ** rng.uniform(-most, most, POINTS), 1 + near, 1 - near]).astype(dtype)
    base = base[base >= np.finfo(dtype).tiny]
    return np.concatenate([base, -base]) if float(exponent).is_integer() else base


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_error_in_ulp(exponent, dtype):
    if not has_wider(dtype):
        pytest.skip("this platform has no type wider than float64")
    base, exponent = bases(dtype, exponent), dtype(exponent)
    got = raised(base, exponent)
    with np.errstate(over="ignore", under="ignore"):
        want = base.astype(WIDER[dtype]) ** WIDER[dtype](exponent)
        rounded = want.astype(dtype)
    np.testing.assert_array_equal(np.isfinite(got), np.isfinite(rounded))
    normal = np.isfinite(rounded) & (np.abs(rounded) > np.finfo(dtype).tiny)
    errors = ulp_errors(got[normal], want[normal])
    worst = errors.argmax()
    at = base[normal][worst]
    sys.stdout.write(f"{dtype.__name__} {errors[worst]:.2f} ulp at {at!r} ** {exponent!r}\n")
    # The table's value and a little; to round a logarithm costs up to 100 (float32) or 700 ulp.
    assert errors[worst] <= 0.85


BASES = (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, INF, -INF, NAN)


@pytest.mark.parametrize("exponent", [0, 1, -1, 2, -3, 9, 10, 0.25, 1.5, -1.5, 1e30, -1e30, INF])
def test_special_values_are_those_of_pow(exponent, dtype):
    base = np.array(BASES, dtype)
    got = raised(base, exponent)
    with np.errstate(all="ignore"):
        want = np.power(base, dtype(exponent))
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    np.testing.assert_allclose(got, want, rtol=2 * np.finfo(dtype).eps, atol=0)
    numbers = ~np.isnan(want)
    np.testing.assert_array_equal(np.signbit(got[numbers]), np.signbit(want[numbers]))


def test_what_is_beyond_the_range(dtype):
    finfo = np.finfo(dtype)
    base = np.array([finfo.max, finfo.tiny, -finfo.max, 1 + finfo.eps, 1 - finfo.eps], dtype)
    np.testing.assert_array_equal(raised(base, 3)[[0, 2]], [INF, -INF])
    np.testing.assert_array_equal(raised(base, -1e30)[[0, 1, 3, 4]], [0, INF, 0, INF])
    np.testing.assert_array_equal(raised(base, 1e30)[[0, 1, 3, 4]], [INF, 0, INF, 0])
    np.testing.assert_array_equal(raised(base, 1), base)


def test_a_large_odd_exponent_keeps_the_sign(dtype):
    odd = {np.float32: 2.0**22 - 1, np.float64: 2.0**51 - 1}[dtype]
    base = np.array([-1.0, 1.0], dtype)
    np.testing.assert_array_equal(raised(base, odd), [-1, 1])
    np.testing.assert_array_equal(raised(base, odd + 1), [1, 1])


@pytest.mark.skipif(not FLUSHES, reason="kernels keep subnormal numbers here")
def test_a_subnormal_base_is_0(dtype):
    base = np.array([np.finfo(dtype).tiny / 4, -np.finfo(dtype).tiny / 4], dtype)
    np.testing.assert_array_equal(raised(base, 0.1), [0, 0])
    np.testing.assert_array_equal(raised(base, -9), [INF, -INF])


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: no machine code to look at")
def test_vectorises_in_its_own_precision(dtype):
    loop(np.zeros(1, dtype), dtype(1))
    types = next(s for s in loop.signatures if s[0].dtype.name == dtype.__name__)
    code = loop.inspect_llvm(types)
    real = {np.float32: "float", np.float64: "double"}[dtype]
    assert re.search(rf"f(add|mul) contract <\d+ x {real}>", code)
    if dtype is np.float32:  # a Python number in an expression would make it float64
        assert not re.search(r"\bf(add|sub|mul|div) [a-z ]*(<\d+ x )?double", code)
    assert not re.search(r"call .*?@(llvm\.)?(pow|exp|log)", code)
