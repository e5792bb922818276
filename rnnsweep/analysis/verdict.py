"""The verdict of a paired comparison: which side is better, or that this is open.

The mean difference is over the pairs of which neither trial diverged: over survivors. A side of
which only the good trials survive would win by it. So where a trial of a pair diverged, the
probability of improvement, in which that trial is the worst, has to give the same answer.
"""

import math
from collections.abc import Mapping
from typing import Literal

Side = Literal["a", "b"]

_DIVERGED = "of which neither trial diverged or lacks a number"
_PROBABILITY = "the interval of the probability of improvement, in which a diverged trial is worst,"


def better_side(row: Mapping[str, float], better: Literal["lower", "higher"]) -> Side | None:
    """Return which side of a comparison is better; None if this is open.

    Parameters
    ----------
    row : mapping
        The numbers `rnnsweep.analysis.paired.STATISTICS`.
    better : {"lower", "higher"}
        Which values of the compared number are better.
    """
    by_mean, by_probability = _by_mean(row, better), _by_probability(row)
    if not has_diverged(row):
        return by_mean
    # Where the survivors are too few for an interval, the other one decides.
    is_same = by_mean == by_probability or not _has_mean_interval(row)
    return by_probability if is_same else None


def reason(row: Mapping[str, float], better: Literal["lower", "higher"]) -> str:
    """Return why `better_side` is what it is, as the end of a sentence."""
    side, by_probability = better_side(row, better), _by_probability(row)
    if not has_diverged(row):
        if not _has_mean_interval(row):
            return "there is one seed" if row["n_pairs"] else "every pair has a trial that failed"
        interval = "the interval of the mean difference"
        return f"{interval} {'is on one side of' if side else 'contains'} 0"
    if row["n_seeds"] < 2:
        return "there is one seed"
    about_half = "is on one side of" if by_probability else "contains"
    if not _has_mean_interval(row):
        n_pairs = "no pair" if not row["n_in_mean"] else "fewer than two seeds have a pair"
        word = "there is " if not row["n_in_mean"] else ""
        also = "but" if side else "and"
        return f"{word}{n_pairs} {_DIVERGED}, {also} {_PROBABILITY} {about_half} 50 %"
    if side:
        return "the intervals of the mean difference and of the probability of improvement agree"
    if not _by_mean(row, better):
        return "the interval of the mean difference contains 0"
    if by_probability:
        about_half = "is on the other side of"
    return (
        f"the mean difference is over the pairs {_DIVERGED}, and {_PROBABILITY} {about_half} 50 %"
    )


def has_diverged(row: Mapping[str, float]) -> bool:
    """Return whether a trial of a pair diverged, or lacks the number that is compared."""
    return row["n_in_mean"] < row["n_pairs"]


def _has_mean_interval(row: Mapping[str, float]) -> bool:
    return not math.isnan(row["ci95_low"])


def _by_mean(row: Mapping[str, float], better: str) -> Side | None:
    """Return the side that is better by the interval of the mean difference a - b."""
    if not (row["ci95_low"] > 0 or row["ci95_high"] < 0):
        return None
    return "a" if (row["ci95_high"] < 0) == (better == "lower") else "b"


def _by_probability(row: Mapping[str, float]) -> Side | None:
    """Return the side that is better by the interval of the probability of improvement."""
    if not (row["probability_low"] > 0.5 or row["probability_high"] < 0.5):
        return None
    return "a" if row["probability_low"] > 0.5 else "b"
