"""Elementary functions as plain arithmetic, so that LLVM vectorises the loops that call them.

`np.tanh` and `np.exp` in a kernel call the C library one element at a time: 12 ns an element,
most of a training step. These take well under 1 ns. Each is one source for float32 and float64:
only the table of constants differs, and it is chosen when a kernel is compiled.

The method is Cody and Waite's (Software Manual for the Elementary Functions, 1980; Muller,
Elementary Functions, 3rd ed., chapters 3 and 11): subtract a multiple of ln 2 or pi/2 in parts
that make the products exact, then a polynomial. The coefficients are minimax fits in 60-digit
arithmetic, rounded: polynomials by the Remez exchange, weighted for the relative error of the
function they serve; the rational one by Lawson's iteration. Each names what it fits and where.

Subnormal numbers are zero: in a kernel (`subnormals.py`) a subnormal x counts as 0, and a result
below the smallest normal number (1.2e-38 in float32, 2.2e-308 in float64) is 0. Without that mode
a function may return such a result as a subnormal number, or 0.

Largest errors in ulp: float32 over all numbers from 2**-26 to where the function saturates,
float64 over 10 million; `pytest tests/kernels/test_elementary.py -k in_ulp -rP` measures a sample.

=======================  =======  =======
function                 float32  float64
=======================  =======  =======
exp_up_to_0                 0.99     0.98
exp                         0.99     0.98
log                         0.97     1.17
expm1_below_0               0.88     1.12
log1p_up_to_1               1.08     1.05
tanh                        2.50     2.54
sigmoid                     2.41     2.28
softplus                    1.80     1.76
sin_cos, to 1e4 and 1e6     2.84     2.68
normal, |x| <= 1            3.64     3.88
=======================  =======  =======

"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .flags import INLINED

Coefficients = tuple[np.floating, ...]


class Constants(NamedTuple):
    """What differs between the precisions. Coefficients begin with the highest degree."""

    round: np.floating  # adding it rounds |x| < 2**(digits - 2) to an integer, in its low bits
    power: np.floating  # the same with the exponent's bias, for `power_of_two`
    exp_least: np.floating  # exp is below the normal numbers here, and 2**n is 0 for its n
    exp_most: np.floating  # exp is above the finite numbers here, and 2**(n-1) is finite for its n
    expm1_least: np.floating  # expm1 is -1 below
    log2_e: np.floating
    ln_2: Coefficients  # ln 2 in parts; n times the first is exact for every exponent n
    exp: Coefficients  # (e**r - 1 - r) / r**2 for |r| <= ln(2) / 2
    log1p: Coefficients  # (ln(1+t) - 2 s) / s**3 in s**2, s = t / (2+t), for s**2 <= 1/9
    least_normal: np.floating
    one_bits: np.signedinteger  # the bits of 1
    half_root_bits: np.signedinteger  # the bits of sqrt(1/2)
    two_over_pi: np.floating
    half_pi: Coefficients  # pi / 2 in parts; n times all but the last is exact
    quarter_pi: np.floating  # a little more than pi / 4
    sin: Coefficients  # (sin(r) - r) / r**3 in r**2 for |r| <= quarter_pi
    cos: Coefficients  # (cos(r) - 1 + r**2 / 2) / r**4 in r**2 for |r| <= quarter_pi
    tail_most: np.floating  # exp(-a**2 / 2) is 0 above
    tail_over: Coefficients  # over / under = P(normal > a) exp(a**2 / 2)
    tail_under: Coefficients  # for 0 <= a <= tail_most
    density_0: np.floating  # 1 / sqrt(2 pi)


def _single(*values: float) -> Coefficients:
    return tuple(np.float32(v) for v in values)


def _double(*values: float) -> Coefficients:
    return tuple(np.float64(v) for v in values)


SINGLE = Constants(
    round=np.float32(1.5 * 2**23),
    power=np.float32(1.5 * 2**23 + 127),
    exp_least=np.float32(-88.0),
    exp_most=np.float32(89.0),
    expm1_least=np.float32(-20.0),
    log2_e=np.float32(1.442695),
    ln_2=_single(0.69311523, 3.1946183e-05),
    exp=_single(0.0001984299, 0.0013940661, 0.008333393, 0.04166636, 0.16666666, 0.5),
    log1p=_single(0.28011996, 0.28001803, 0.40021527, 0.6666642),
    least_normal=np.float32(2.0**-126),
    one_bits=np.int32(0x3F800000),
    half_root_bits=np.int32(0x3F3504F3),
    two_over_pi=np.float32(0.63661975),
    half_pi=_single(1.5703125, 0.0004837513, 7.5495336e-08, 2.563283e-12, 6.123234e-17),
    quarter_pi=np.float32(0.79),
    sin=_single(-0.00019510838, 0.008332131, -0.16666654),
    cos=_single(2.4431205e-05, -0.0013887306, 0.041666646),
    tail_most=np.float32(15.0),
    tail_over=_single(0.004121776, 0.040685795, 0.18341416, 0.43857256, 0.5),
    tail_under=_single(0.010331647, 0.10199041, 0.4699362, 1.2033048, 1.67503, 1.0),
    density_0=np.float32(0.3989423),
)

DOUBLE = Constants(
    round=np.float64(1.5 * 2**52),
    power=np.float64(1.5 * 2**52 + 1023),
    exp_least=np.float64(-709.0),
    exp_most=np.float64(710.0),
    expm1_least=np.float64(-40.0),
    log2_e=np.float64(1.4426950408889634),
    ln_2=_double(0.6931471805582987, 1.6465949582897082e-12),
    exp=_double(
        2.0871992223202063e-09,
        2.5109026873135523e-08,
        2.755741265262295e-07,
        2.7557244247568348e-06,
        2.480158716178244e-05,
        0.00019841269886079714,
        0.0013888888888967312,
        0.008333333333321652,
        0.0416666666666665,
        0.16666666666666677,
        0.5,
    ),
    log1p=_double(
        0.17009760101356067,
        0.08344969826312358,
        0.12104945243884996,
        0.13301121340863123,
        0.15386548395322494,
        0.18181744478957831,
        0.22222223953649672,
        0.2857142854811795,
        0.40000000000155117,
        0.6666666666666631,
    ),
    least_normal=np.float64(2.0**-1022),
    one_bits=np.int64(0x3FF0000000000000),
    half_root_bits=np.int64(0x3FE6A09E667F3BCD),
    two_over_pi=np.float64(0.6366197723675814),
    half_pi=_double(
        1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32
    ),
    quarter_pi=np.float64(0.79),
    sin=_double(
        1.5893583507133355e-10,
        -2.5050704032266667e-08,
        2.755731335596503e-06,
        -0.00019841269828869976,
        0.008333333333321286,
        -0.16666666666666627,
    ),
    cos=_double(
        -1.1357447872932285e-11,
        2.0875681863804537e-09,
        -2.7557314056456475e-07,
        2.480158728849166e-05,
        -0.0013888888888872598,
        0.04166666666666659,
    ),
    tail_most=np.float64(39.0),
    tail_over=_double(
        2.2535511871178338e-07,
        7.007690679687493e-06,
        0.00010699234894357427,
        0.0010432276175549654,
        0.0071432191401892145,
        0.035752096437782405,
        0.1322961270577889,
        0.3578585500445372,
        0.6802796128871123,
        0.8283578742973084,
        0.5,
    ),
    tail_under=_double(
        5.648815123956643e-07,
        1.7565675597600493e-05,
        0.00026875492854057533,
        0.0026325495188303676,
        0.018172455344055486,
        0.0921970685817054,
        0.34899186948929295,
        0.981581401900013,
        2.0036524757817937,
        2.8190469155844053,
        2.4546003093974824,
        1.0,
    ),
    density_0=np.float64(0.3989422804014327),
)


@njit(**INLINED)
def constants(x):
    """Return the constants of x's precision; the choice is made when a caller is compiled."""
    if isinstance(x, np.float32):
        return SINGLE
    return DOUBLE


@njit(**INLINED)
def _bits(x):
    """Return x's bits as an integer of x's width."""
    if isinstance(x, np.float32):
        return np.float32(x).view(np.int32)
    return np.float64(x).view(np.int64)


@njit(**INLINED)
def power_of_two(n):
    """Return 2**n for a whole n in the range of normal numbers, 0 for the n just below that range.

    For NaN the result is undefined. The addition leaves n plus the exponent's bias in the low
    bits; the shift drops the rest.
    """
    bits = _bits(n + constants(n).power)
    if isinstance(n, np.float32):
        return np.int32(bits << 23).view(np.float32)
    return np.int64(bits << 52).view(np.float64)


@njit(**INLINED)
def exponent_and_fraction(x):
    """Return n, m with x = 2**n m and sqrt(1/2) <= m < sqrt(2), for a normal x above 0.

    For any other x the results are undefined. Adding n to the bits of `round` puts it in the low
    bits of that number: the way from an integer to a number that vectorises in both widths.
    """
    k = constants(x)
    bits, rounding = _bits(x), _bits(k.round)
    if isinstance(x, np.float32):
        n = np.int32(np.int32(bits - k.half_root_bits + k.one_bits) >> 23) - 127
        m = np.int32(bits - np.int32(n << 23)).view(np.float32)
        return np.int32(rounding + n).view(np.float32) - k.round, m
    n = np.int64((bits - k.half_root_bits + k.one_bits) >> 52) - 1023
    m = np.int64(bits - (n << 52)).view(np.float64)
    return np.int64(rounding + n).view(np.float64) - k.round, m


@njit(**INLINED)
def polynomial(x, coefficients):
    """Return a polynomial by Horner's rule; LLVM unrolls the loop over the constant tuple."""
    y = coefficients[0]
    for c in coefficients[1:]:
        y = y * x + c
    return y


@njit(**INLINED)
def _split(x):
    """Return n, p with e**x = 2**n (1 + p) and |p| < 0.42, for |x| small enough for n."""
    k = constants(x)
    n = (x * k.log2_e + k.round) - k.round
    r = x - n * k.ln_2[0]
    r = r - n * k.ln_2[1]
    return n, r + r * r * polynomial(r, k.exp)


@njit(**INLINED)
def exp_up_to_0(x):
    """e**x for x <= 0."""
    k = constants(x)
    n, p = _split(k.exp_least if x < k.exp_least else x)
    return (type(x)(1.0) + p) * power_of_two(n)


@njit(**INLINED)
def exp(x):
    """e**x; at most 0 costs less as `exp_up_to_0`."""
    k = constants(x)
    x = k.exp_least if x < k.exp_least else x
    x = k.exp_most if x > k.exp_most else x
    n, p = _split(x)
    # Finite numbers reach 2**n (1 + p) with an n that is too large for a 2**n.
    one, two = type(x)(1.0), type(x)(2.0)
    above = x > 0
    scale = power_of_two(n - one if above else n)
    return (one + p) * scale * (two if above else one)


@njit(**INLINED)
def expm1_below_0(x):
    """e**x - 1 for x <= 0, precise near 0."""
    k = constants(x)
    n, p = _split(k.expm1_least if x < k.expm1_least else x)
    scale = power_of_two(n)
    return scale * p + (scale - type(x)(1.0))


@njit(**INLINED)
def log1p_up_to_1(t):
    """ln(1 + t) for -1/2 <= t <= 1, precise near 0.

    With s = t / (2 + t), ln(1 + t) = 2 artanh(s) = 2 s + s R(s**2) and 2 s = t - s t (fdlibm's
    e_log.c): the rounding of s weighs little.
    """
    s = t / (type(t)(2.0) + t)
    w = s * s
    return t - s * (t - w * polynomial(w, constants(t).log1p))


@njit(**INLINED)
def log(x):
    """ln(x), precise near 1: minus infinity at 0, NaN below."""
    k = constants(x)
    n, m = exponent_and_fraction(x)
    y = n * k.ln_2[0] + (log1p_up_to_1(m - type(x)(1.0)) + n * k.ln_2[1])
    y = y if x < type(x)(np.inf) else x
    y = y if x >= k.least_normal or x != x else type(x)(-np.inf)
    return type(x)(np.nan) if x <= -k.least_normal else y


@njit(**INLINED)
def tanh(x):
    """Hyperbolic tangent; odd, never beyond 1."""
    t = expm1_below_0(type(x)(-2.0) * abs(x))
    return np.copysign(t / (type(x)(2.0) + t), x)


@njit(**INLINED)
def sigmoid(x):
    """1 / (1 + e**-x), never outside [0, 1]."""
    t = exp_up_to_0(-abs(x))
    return (t if x < 0 else type(x)(1.0)) / (type(x)(1.0) + t)


@njit(**INLINED)
def softplus(x):
    """ln(1 + e**x)."""
    rest = log1p_up_to_1(exp_up_to_0(-abs(x)))
    return rest if x < 0 else x + rest


@njit(**INLINED)
def sin_cos(x):
    """Return the sine and the cosine, never outside [-1, 1], NaN at the infinities.

    A few ulp for |x| <= 1e4 (float32) or 1e6 (float64), where n times each part of pi / 2 is
    exact. Beyond that the error is absolute, at most 3 eps |x|, as if x had moved by a few ulp.
    """
    k = constants(x)
    one = type(x)(1.0)
    rounded = x * k.two_over_pi + k.round
    n = rounded - k.round
    r = x
    for part in k.half_pi:
        r = r - n * part
    r = -k.quarter_pi if r < -k.quarter_pi else r
    r = k.quarter_pi if r > k.quarter_pi else r
    w = r * r
    s = r * (one + w * polynomial(w, k.sin))
    c = (one - type(x)(0.5) * w) + w * w * polynomial(w, k.cos)
    quadrant = _bits(rounded)
    sine = c if quadrant & 1 else s
    cosine = s if quadrant & 1 else c
    return -sine if quadrant & 2 else sine, -cosine if (quadrant + 1) & 2 else cosine


@njit(**INLINED)
def normal(x):
    """Return the standard normal distribution function and density at x.

    P(normal > a) is exp(-a**2 / 2) times a rational function. The rounding of a**2 / 2 costs the
    tails up to x**2 / 2 ulp; the absolute error is at most eps.
    """
    k = constants(x)
    a = abs(x)
    a = k.tail_most if a > k.tail_most else a
    e = exp_up_to_0(type(x)(-0.5) * a * a)
    tail = e * (polynomial(a, k.tail_over) / polynomial(a, k.tail_under))
    return tail if x < 0 else type(x)(1.0) - tail, e * k.density_0
