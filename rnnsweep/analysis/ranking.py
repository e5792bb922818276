"""What trials are ranked by: the best validation loss, or where problems differ, its ratio.

A loss says nothing beside that of another problem, or of another kind of loss. Where a sweep
varies these, each trial's loss is taken over its own baseline, the loss of the best trivial
predictor on the same validation part. This is the one rule for the rank in the summary, for the
best trial, and for what the pictures show.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.store.rank import of_the_problem, over_baseline

from .outcomes import Outcomes, codes_of


class Ranking(NamedTuple):
    """What trials are ranked by.

    Attributes
    ----------
    scores : (n_trials,) array
        The lower the better; infinite where the trial diverged, NaN where it has no loss.
    over_baseline : bool
        Whether these are losses over the trials' own baselines.
    """

    scores: NDArray[np.float64]
    over_baseline: bool


def ranking(outcomes: Outcomes) -> Ranking:
    """Return what trials are ranked by, as far as their outcomes hold what varies."""
    loss, baseline = outcomes.numbers["best_val_loss"], outcomes.numbers["baseline"]
    scores = np.where(outcomes.have("failed"), np.nan, loss)
    told = ~np.isnan(scores)
    columns = [outcomes.settings[name] for name in of_the_problem(outcomes.settings)]
    problems = codes_of(columns, len(outcomes))
    found = over_baseline(problems[told].tolist(), baseline[told].tolist())
    if found:
        with np.errstate(over="ignore"):  # a loss near the largest number there is
            scores = scores / np.where(told, baseline, 1.0)
    return Ranking(np.where(outcomes.have("diverged"), np.inf, scores), found)
