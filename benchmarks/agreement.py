"""Checks by the losses of the same trials that another program trains what this one trains.

All programs start from the same parameters, data and orders, so they differ only in rounding, and
the losses after the first epoch show it. Later the difference grows if training is chaotic (ReLU,
high learning rates): then the losses of one trial are two draws of the same distribution, and
neither program may have the better ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.problem import Result

FIRST_EPOCH = 1e-4  # relative difference that counts as none after the first epoch,
AT_THE_END = 1e-2  # and of the best validation loss
SHARE_FIRST = 0.98  # of the trials that have to be that close after the first epoch,
SHARE_END = 0.75  # and at the end
SHARE_DIVERGED = 0.98  # of the trials that have to diverge in both or in neither
STANDARD_ERRORS = 4.0  # that the mean log ratio of the others may be away from 0


class Disagreement(Exception):
    """Two programs did not train the same networks in the same way."""


class Agreement(NamedTuple):
    """How two programs agree: shares of the trials that both have trained."""

    n: int
    same_status: float
    close_first: float
    close_end: float
    deviation: float  # mean log ratio of the best losses that are not close, in standard errors

    @property
    def holds(self) -> bool:
        """Whether all measures are within their bounds."""
        return (
            self.same_status >= SHARE_DIVERGED
            and self.close_first >= SHARE_FIRST
            and self.close_end >= SHARE_END
            and abs(self.deviation) <= STANDARD_ERRORS
        )

    def __str__(self) -> str:
        return (
            f"{self.n} trials compared: {self.same_status:.1%} diverge in both or in neither, "
            f"{self.close_first:.1%} are within {FIRST_EPOCH:g} of each other after the first "
            f"epoch, {self.close_end:.1%} within {AT_THE_END:g} at the end, the others "
            f"{self.deviation:+.1f} standard errors apart"
        )


def compare(own: list[Result], other: list[Result], program: str) -> Agreement:
    """Return how another program agrees with this one over the trials that it has trained.

    Raises
    ------
    Disagreement
        If it does not agree; the message has the measures.
    """
    by_id = {result.trial_id: result for result in own}
    pairs = [(by_id[result.trial_id], result) for result in other]
    same = [a.diverged == b.diverged for a, b in pairs]
    both = [(a, b) for a, b in pairs if not (a.diverged or b.diverged)]
    first = np.array([_log_ratio(a.first_val_loss, b.first_val_loss) for a, b in both])
    end = np.array([_log_ratio(a.best_val_loss, b.best_val_loss) for a, b in both])
    apart = end[np.abs(end) > AT_THE_END]
    deviation = 0.0
    if len(apart) > 2:
        deviation = float(np.mean(apart) / (np.std(apart, ddof=1) / len(apart) ** 0.5))
    agreement = Agreement(
        len(pairs),
        float(np.mean(same)),
        _share_within(first, FIRST_EPOCH),
        _share_within(end, AT_THE_END),
        deviation,
    )
    if not agreement.holds:
        raise Disagreement(f"{program} does not train what rnnsweep trains: {agreement}")
    return agreement


def _log_ratio(a: float, b: float) -> float:
    return float(np.log(a) - np.log(b))


def _share_within(differences: NDArray[np.float64], bound: float) -> float:
    # If all have diverged, none is left to differ.
    return float(np.mean(np.abs(differences) <= bound)) if len(differences) else 1.0
