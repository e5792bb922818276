"""The 95 % interval of a mean loss."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .student import t_975

Floats = NDArray[np.float64]


def mean_intervals(mean: Floats, std: Floats, n: NDArray[np.integer[Any]]) -> tuple[Floats, Floats]:
    """Return the lower and the upper ends of the 95 % intervals of mean losses.

    They are ``mean * exp(-t * se / mean)`` and ``mean * exp(t * se / mean)``, with t the 0.975
    quantile of Student's distribution and se the standard error: the t interval of the mean's
    logarithm, whose standard error is se / mean by the delta method. The interval stays above 0,
    where the mean plus or minus t se of a few losses does not. A mean of 0 has [0, 0].

    Parameters
    ----------
    mean, std : (n_groups,) arrays
        Of numbers that are not negative; std with ddof 1, NaN where a group has fewer than two.
    n : (n_groups,) array of int
        Numbers in each group.
    """
    different, place = np.unique(n - 1, return_inverse=True)  # most are equal
    t = np.array([t_975(int(df)) for df in different], np.float64)[place]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio = np.where(std == 0, 0.0, t * std / np.sqrt(n) / mean)  # the mean may be 0
        return mean * np.exp(-ratio), mean * np.exp(ratio)
