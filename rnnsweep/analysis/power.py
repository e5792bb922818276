"""How many seeds a paired comparison needs."""

import math

from .student import Z_975

# The 0.8 quantile of the normal distribution: the power.
Z_80 = 0.8416212335729143


def seeds_needed(mean: float, std: float) -> float:
    """Return how many seeds show a difference in 80 % of cases, with a test at the 5 % level.

    It is the sample size of the two-sided paired t test, ``(z_975 + z_80)**2 / d**2 + z_975**2 /
    2`` with d = |mean| / std, rounded up, and at least 2 (Guenther 1981, Sample sizes for normal
    theory tests, The American Statistician 35, 243-244: the first term is the sample size for a
    known standard deviation, the second makes up for its estimation). It differs by at most 1 from
    the exact one, by the noncentral t distribution.

    Parameters
    ----------
    mean : float
        The mean difference that is to be found.
    std : float
        The standard deviation of the differences, between seeds.

    Returns
    -------
    float
        A whole number; infinite where there is no difference; NaN where `std` is unknown.
    """
    if math.isnan(mean) or math.isnan(std):
        return math.nan
    if mean == 0:
        return math.inf
    ratio = std / abs(mean)
    return float(max(2, math.ceil(((Z_975 + Z_80) * ratio) ** 2 + Z_975**2 / 2)))
