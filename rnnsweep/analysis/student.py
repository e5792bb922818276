"""The 0.975 quantile of Student's t distribution, which 95 % intervals need.

SciPy has it, too, but importing SciPy takes longer than writing the tables of a small sweep. The
equations are those of Abramowitz and Stegun 1964, Handbook of Mathematical Functions.
"""

import math

import numpy as np

# The 0.975 quantile of the normal distribution.
Z_975 = 1.959963984540054
# For more degrees of freedom, five terms of the expansion in 1 / df are exact to the last digits.
_LARGEST_EXACT_DF = 1000


def t_975(df: int) -> float:
    """Return the 0.975 quantile for `df` degrees of freedom, NaN for df < 1.

    The relative error is below 1e-13.
    """
    if df < 1:
        return math.nan
    if df > _LARGEST_EXACT_DF:
        return _expansion(df)
    # Newton's method from below: the distribution function is concave there, so no step overshoots.
    t = step = Z_975
    while step > 1e-14 * t:
        step = (0.95 - _within(t, df)) / (2 * _density(t, df))
        t += step
    return t


def _expansion(df: int) -> float:
    """Return the quantile by its expansion in 1 / df, eq. 26.7.5."""
    z = Z_975
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / float(df) ** power for power, term in enumerate(terms))


def _within(t: float, df: int) -> float:
    """Return the probability of a value between -t and t, by eq. 26.7.3 and 26.7.4."""
    angle = math.atan2(t, math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    # The ratio of each term of the sum to the term before.
    k = np.arange(1, (df - 2 - odd) // 2 + 1)
    factors = cosine**2 * (2 * k - 1 + odd) / (2 * k + odd)
    total = float(np.sum(np.cumprod([1.0, *factors])))
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * cosine * total if df > 1 else 0.0))


def _density(t: float, df: int) -> float:
    """Return the density of the distribution at t, the integrand of eq. 26.7.1."""
    log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return math.exp(log - (df + 1) / 2 * math.log1p(t * t / df))
