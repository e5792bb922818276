"""The 95 % confidence intervals of a mean loss and of a share.

The usual interval of a mean, plus or minus t standard errors, may reach below 0 for few seeds,
where no loss can be. That of `mean_intervals` is taken on the logarithm of the mean (the delta
method: Casella and Berger 2002, Statistical Inference, section 5.5.4).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .student import Z_975, t_975


def mean_intervals(
    mean: Floats, se: Floats, freedom: NDArray[np.integer[Any]]
) -> tuple[Floats, Floats]:
    """Return the lower and the upper ends of the 95 % intervals of mean losses.

    They are ``mean * exp(-t * se / mean)`` and ``mean * exp(t * se / mean)``, where t is the 0.975
    quantile of Student's distribution for the degrees of freedom. By the delta method se / mean is
    the standard error of the mean's logarithm. The interval stays above 0. That of a mean of 0 is
    [0, 0].

    Parameters
    ----------
    mean, se : (n_groups,) arrays
        Mean of losses, which are not negative, and its standard error; NaN for a group of fewer
        than two losses.
    freedom : (n_groups,) array of int
        The degrees of freedom of the standard error.

    Returns
    -------
    low, high : (n_groups,) arrays
        NaN where se is NaN.
    """
    # Most groups have as many losses as others, and a quantile takes long.
    different, place = np.unique(freedom, return_inverse=True)
    t = np.array([t_975(int(df)) for df in different], np.float64)[place]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = np.where(se == 0, 0.0, t * se / mean)  # the mean may be 0
        return mean * np.exp(-ratio), mean * np.exp(ratio)


def share_intervals(share: Floats, n: int, se: Floats, t: float) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % intervals of shares, which stay within 0 and 1.

    They are Wilson's intervals (Wilson 1927, JASA 22, 209-212) for the number of independent cases
    that scatter as much, ``share * (1 - share) / se**2`` but at most `n`, times ``(z / t)**2`` (the
    effective sample size: Korn and Graubard 1998, Survey Methodology 24, 193-201). So a share of 1,
    whose cases do not scatter, has an interval, too.

    Parameters
    ----------
    share : (n_shares,) array
    n : int
        The number of cases, which may depend on each other.
    se : (n_shares,) array
        The standard errors of the shares.
    t : float
        The 0.975 quantile of Student's distribution for the degrees of freedom of `se`.

    Returns
    -------
    low, high : (n_shares,) arrays
        NaN where one of the numbers is.
    """
    variance = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        cases = np.where(se > 0, np.minimum(variance / se**2, n), n) * (Z_975 / t) ** 2
        weight = 1 / (1 + Z_975**2 / cases)
        middle = weight * share + (1 - weight) / 2
        half = weight * Z_975 * np.sqrt((variance + Z_975**2 / (4 * cases)) / cases)
    unknown = np.isnan(share + se + t)
    # Without the rounding at the ends, where one of them is the share itself.
    ends = np.clip(middle - half, 0.0, share), np.clip(middle + half, share, 1.0)
    low, high = (np.where(unknown, np.nan, end) for end in ends)
    return low, high
