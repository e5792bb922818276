"""Whether two forecasts of a series differ by more than chance."""

import numpy as np

from rnnsweep.array_types import Floats

from .student import t_975


def is_decided(errors: Floats, others: Floats, horizon: int) -> bool:
    """Return whether the mean squares of two forecasts' errors differ by more than chance.

    That is where the 95 % interval of their mean difference does not contain 0. Errors of forecasts
    several rows ahead are alike in neighbouring rows, for which the interval allows.

    Parameters
    ----------
    errors, others : (n,) arrays
        The errors of both forecasts, in the order of time.
    horizon : int
        How many rows ahead they are.

    References
    ----------
    Diebold and Mariano 1995; the interval by Student's t as in Harvey, Leybourne and Newbold 1997,
    with Bartlett's weights, so that no variance is negative (Newey and West 1987).
    """
    n = len(errors)
    largest = max(np.abs(errors).max(), np.abs(others).max())
    if not np.isfinite(largest):  # a forecast that is not a number is worse than any other
        return bool(np.isfinite(errors).all() != np.isfinite(others).all())
    if n < 2 or largest == 0:
        return False
    difference = (errors / largest) ** 2 - (others / largest) ** 2
    correction = (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n
    if horizon >= n or correction <= 0:
        return False
    half_width = t_975(n - 1) * np.sqrt(variance_of_mean(difference, horizon) / correction)
    return bool(np.abs(difference.mean()) > half_width)


def variance_of_mean(values: Floats, n_alike: int) -> float:
    """Return the variance of a mean of neighbours, of which `n_alike` in a row are correlated.

    Parameters
    ----------
    values : (n,) array
    n_alike : int
        Fewer than n.
    """
    n = len(values)
    centred = values - values.mean()
    lags = range(1, n_alike)
    weighted = ((1 - lag / n_alike) * (centred[lag:] * centred[:-lag]).sum() for lag in lags)
    return float((centred**2).sum() + 2 * sum(weighted)) / n**2
