"""Means, deviations, medians and minima of groups of numbers, and ranks of numbers.

The group of each number is a code from 0 on. NaN means that there is no number: it is left out, and
the result for a group without numbers is NaN. Infinity is larger than all other numbers. A sum that
overflows is infinite, without a warning.

In all functions `values` (n_values,) are the numbers, `codes` (n_values,) their groups, and `n` is
the number of groups.
"""

import numpy as np

from rnnsweep.array_types import Codes, Floats


def counts(values: Floats, codes: Codes, n: int) -> Codes:
    """Return how many numbers each group has."""
    return np.bincount(codes[~np.isnan(values)], minlength=n)


def means(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the mean of each group."""
    present = ~np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = np.bincount(codes[present], values[present], n)
        mean: Floats = sums / counts(values, codes, n)
    return mean


def deviations(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the standard deviation (ddof 1) of each group; NaN for fewer than two numbers."""
    present = ~np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore"):
        difference = values - means(values, codes, n)[codes]
        # Squares overflow from 1e154 on, and are 0 below 1e-162. So differences are scaled by a
        # power of two, which changes no digit.
        largest = np.zeros(n)
        np.fmax.at(largest, codes, np.abs(difference))
        power = np.frexp(np.where(np.isfinite(largest), largest, 0.0))[1]
        squares = np.ldexp(difference, -power[codes]) ** 2
        sums = np.bincount(codes[present], squares[present], n)
        count = counts(values, codes, n)
        deviation: Floats = np.ldexp(np.sqrt(sums / np.where(count > 1, count - 1, np.nan)), power)
    return deviation


def medians(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the median of each group; infinite where half of its numbers or more are."""
    ordered = values[np.lexsort((values, codes))]  # group by group, and NaN last in each
    starts = np.cumsum(np.bincount(codes, minlength=n)) - np.bincount(codes, minlength=n)
    count = counts(values, codes, n)
    filled = count > 0
    low, high = ((starts + half)[filled] for half in ((count - 1) // 2, count // 2))
    median = np.full(n, np.nan)
    with np.errstate(over="ignore"):
        middle = (ordered[low] + ordered[high]) / 2
    median[filled] = np.where(low == high, ordered[low], middle)
    return median


def interquartile_means(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the interquartile mean of each group: the mean of its middle half.

    A quarter of the numbers, rounded down, is left out at each end (Agarwal et al. 2021, Deep
    reinforcement learning at the edge of the statistical precipice, NeurIPS; the trimmed mean of
    `scipy.stats.trim_mean` with 0.25). So fewer than four numbers have their mean. It is infinite
    where more than that quarter are.
    """
    order = np.lexsort((values, codes))  # group by group, and NaN last in each
    ordered, group = values[order], codes[order]
    starts = np.cumsum(np.bincount(codes, minlength=n)) - np.bincount(codes, minlength=n)
    place = np.arange(len(values)) - starts[group]
    count = counts(values, codes, n)[group]
    cut = count // 4
    middle = (cut <= place) & (place < count - cut)
    return means(ordered[middle], group[middle], n)


def lowest(values: Floats, codes: Codes, n: int) -> Floats:
    """Return the lowest number of each group."""
    minimum = np.full(n, np.nan)
    np.fmin.at(minimum, codes, values)
    return minimum


def ranks(values: Floats) -> Codes:
    """Return ranks from 1 on; equal numbers have the lowest of their ranks, NaN the last one."""
    ordered = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(ordered, values, side="left")
    return 1 + np.where(np.isnan(values), len(ordered), below)


def mean_ranks(values: Floats) -> Floats:
    """Return ranks from 1 on; equal numbers have the mean of their ranks. None may be NaN."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    return (below + upto + 1) / 2
