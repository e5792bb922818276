"""Shares of a variance: what they are shares of, and what each belongs to."""

from dataclasses import dataclass

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .grouped import mean_ranks

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
        Of the total variance, 0 to 1.
    low, high : float
        The 95 % interval of the share; NaN where there is none.
    df : int
        Degrees of freedom; 0 in an estimate by a forest.
    sum_sq : float
        Sum of squares of the exact analysis of variance; NaN in an estimate by a forest.
    """

    settings: tuple[str, ...]
    kind: str
    share: float
    low: float = np.nan
    high: float = np.nan
    df: int = 0
    sum_sq: float = np.nan

    @property
    def name(self) -> str:
        """What tables and plots call it, such as "activation x hidden_size" or "seed"."""
        return " x ".join(self.settings) or self.kind


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
