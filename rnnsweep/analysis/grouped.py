"""Statistics of numbers in groups, and their ranks; a group is a code from 0 on.

NaN stands for no number: it counts nowhere, and what has no number is NaN. Infinite numbers are
larger than all others. Sums that overflow are infinite, without a warning.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def counts(values: Floats, codes: Codes, n: int) -> Codes:
    """Return how many numbers each of `n` groups has."""
    return np.bincount(codes[~np.isnan(values)], minlength=n)


def means(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the mean of each of `n` groups."""
    there = ~np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.bincount(codes[there], values[there], n)
        found: Floats = sums / counts(values, codes, n)
    return found


def deviations(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the standard deviation (ddof 1) of each of `n` groups; NaN of fewer than two."""
    there = ~np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore"):
        away = values - means(values, codes, n)[codes]
        # Squares overflow from 1e154 on, and are 0 below 1e-162: a power of two changes no digit.
        largest = np.zeros(n)
        np.fmax.at(largest, codes, np.abs(away))
        power = np.frexp(np.where(np.isfinite(largest), largest, 0.0))[1]
        squares = np.ldexp(away, -power[codes]) ** 2
        sums = np.bincount(codes[there], squares[there], n)
        many = counts(values, codes, n)
        found: Floats = np.ldexp(np.sqrt(sums / np.where(many > 1, many - 1, np.nan)), power)
    return found


def medians(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the median of each of `n` groups; infinite where half of it or more is."""
    ordered = values[np.lexsort((values, codes))]  # in a group, NaN stands last
    starts = np.cumsum(np.bincount(codes, minlength=n)) - np.bincount(codes, minlength=n)
    many = counts(values, codes, n)
    told = many > 0
    low, high = ((starts + half)[told] for half in ((many - 1) // 2, many // 2))
    found = np.full(n, np.nan)
    with np.errstate(over="ignore"):
        middle = (ordered[low] + ordered[high]) / 2
    found[told] = np.where(low == high, ordered[low], middle)
    return found


def lowest(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the lowest number of each of `n` groups."""
    found = np.full(n, np.nan)
    np.fmin.at(found, codes, values)
    return found


def ranks(values: Floats) -> Codes:
    """Rank numbers from 1 on, equal ones by the lowest of their ranks, NaN after all."""
    ordered = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(ordered, values, side="left")
    return 1 + np.where(np.isnan(values), len(ordered), below)


def mean_ranks(values: Floats) -> Floats:
    """Rank numbers from 1 on, equal ones by the mean of their ranks; none may be NaN."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    return (below + upto + 1) / 2
