"""The 95 % confidence interval of a mean loss.

The usual interval, the mean plus or minus t standard errors, may reach below 0 for few seeds, where
no loss can be. This one is taken on the logarithm of the mean (the delta method: Casella and
Berger 2002, Statistical Inference, section 5.5.4).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats

from .student import t_975


def mean_intervals(mean: Floats, std: Floats, n: NDArray[np.integer[Any]]) -> tuple[Floats, Floats]:
    """Return the lower and the upper ends of the 95 % intervals of mean losses.

    They are ``mean * exp(-t * se / mean)`` and ``mean * exp(t * se / mean)``, where t is the 0.975
    quantile of Student's distribution for n - 1 degrees of freedom, and se = std / sqrt(n) is the
    standard error of the mean. By the delta method se / mean is the standard error of the mean's
    logarithm. The interval stays above 0. That of a mean of 0 is [0, 0].

    Parameters
    ----------
    mean, std : (n_groups,) arrays
        Mean and standard deviation (ddof 1) of losses, which are not negative. The std of a group
        of fewer than two losses is NaN.
    n : (n_groups,) array of int
        Number of losses in each group.

    Returns
    -------
    low, high : (n_groups,) arrays
        NaN where std is NaN.
    """
    # Most groups have as many losses as others, and a quantile takes long.
    different, place = np.unique(n - 1, return_inverse=True)
    t = np.array([t_975(int(df)) for df in different], np.float64)[place]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = np.where(std == 0, 0.0, t * std / np.sqrt(n) / mean)  # the mean may be 0
        return mean * np.exp(-ratio), mean * np.exp(ratio)
