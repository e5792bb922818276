"""Shares of a variance: what they are shares of, and what each belongs to."""

import math
from dataclasses import dataclass

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .grouped import mean_ranks

LEAST = 0.001  # a smaller share is none

# The numbers whose variance is split, each with the words for it.
MEASURES = {
    "rank": "the rank of the best validation loss",
    "log_loss": "the logarithm of the best validation loss",
}


@dataclass(frozen=True)
class Part:
    """One share of the variance.

    Attributes
    ----------
    settings : tuple of str
        One setting, or a pair; tied settings are one text, "hidden_size + learning_rate". Empty
        for "higher orders" and for "seed".
    kind : str
        "setting", "pair", "higher orders" or "seed".
    share : float
        0 to 1. On a full grid, of the total sum of squares: exact, and the luck of the seeds is in
        it. Otherwise a forest's estimate.
    corrected : float
        The estimated share without the luck of the seeds (`rnnsweep.analysis.variance`), 0 to 1;
        NaN with one seed, and in a forest's estimate.
    low, high : float
        The 95 % interval of the corrected share; NaN where there is none.
    df : int
        Degrees of freedom; 0 in a forest's estimate.
    sum_sq : float
        Sum of squares of the exact analysis of variance; NaN in a forest's estimate.
    """

    settings: tuple[str, ...]
    kind: str
    share: float
    corrected: float = np.nan
    low: float = np.nan
    high: float = np.nan
    df: int = 0
    sum_sq: float = np.nan

    @property
    def name(self) -> str:
        """What tables and plots call it, such as "activation x hidden_size" or "seed"."""
        return " x ".join(self.settings) or self.kind

    @property
    def may_be_luck(self) -> bool:
        """Whether the luck of the seeds may be all of the share: the corrected one may be 0."""
        least = self.corrected if math.isnan(self.low) else self.low
        return least < LEAST


def check_measure(measure: str) -> None:
    """Raise a `SweepError` for a word that is not one of `MEASURES`."""
    if measure not in MEASURES:
        raise SweepError(f"no measure {measure!r}; {allowed(measure, MEASURES)}")


def measured(scores: Floats, measure: str) -> Floats:
    """Return the numbers of which the variance is split.

    Parameters
    ----------
    scores : (n_trials,) array
        As in `ranking_of`, without NaN; infinite for a trial that diverged.
    measure : str
        One of `MEASURES`. "rank": of the trials by their scores, equal ones with the mean of their
        ranks; all trials that diverged are the worst, and equal. "log_loss": the logarithm of the
        score; a trial that diverged has the largest one of the trials that did not, and a loss of
        0 the smallest one above 0.
    """
    if measure == "rank":
        return mean_ranks(scores)
    finite = scores[np.isfinite(scores)]
    above_0 = finite[finite > 0]
    smallest = above_0.min() if len(above_0) else 1.0
    largest = max(smallest, finite.max(initial=0.0))
    return np.log(np.clip(scores, smallest, largest))
